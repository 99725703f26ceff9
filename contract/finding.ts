export type Severity = 'critical' | 'major' | 'minor' | 'warning'

export const severityRank: Readonly<Record<Severity, number>> = {
  critical: 3,
  major: 2,
  minor: 1,
  warning: 0,
}

/** When a metric crosses its limit, as an interval in milliseconds since 1970 UTC. */
export interface CrossingForecast {
  p10: number
  p50: number
  p90: number
}

/** In numbers, why: what was seen, what was usual, what is to come, and the points to draw. */
export interface Evidence {
  detector: string
  metric?: string
  unit?: string
  value?: number
  limit?: number
  baseline?: number
  /** For `cohort`: what is usual among the device's peers. */
  peers?: { devices: number; q10: number; q90: number }
  slopePerDay?: number
  crossing?: CrossingForecast
  /** For `silence`: when the device was last heard, ms since 1970; absent when it never was. */
  lastSeen?: number
  /** For `all` and `any`: what each part says; the rest is what the first bad one says. */
  parts?: Evidence[]
  /** For trouble with a sensor: why its values are not believed, and how many were not. */
  reason?: string
  count?: number
  /** [ts, value], oldest first, at most 60. */
  points: [number, number][]
}

export interface TicketAction {
  sla: 'level1' | 'level2' | 'level3'
  part?: string
  skill?: string
}

/** What a rule says of one part of one device at one moment of event time. */
export interface Finding {
  /** Deterministic: the same readings give the same ids, live, after a crash and in a backtest. */
  id: string
  device: string
  component: string
  /** Which life of the part: 0 for the first built in, one more with each replacement. */
  epoch: number
  rule: string
  version: string
  state: 'raised' | 'updated' | 'cleared'
  severity: Severity
  at: number
  evidence: Evidence
  /** Message key of the notice to the owner, where the rule sends one. */
  notice?: string
  ticket?: TicketAction
  /** Of a rule on trial: it is noted, and nobody hears of it. */
  shadow?: true
  /** When the trial of its rule began, ms; only during one, of the live version's findings as of the other's. */
  trial?: number
}

/** A finding of a trial, of the live version or of the one on trial. */
export interface TrialFinding extends Pick<Finding, 'device' | 'component' | 'epoch' | 'state' | 'at'> {
  shadow: boolean
}
