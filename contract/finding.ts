export type Severity = 'critical' | 'major' | 'minor' | 'warning'

export const severityRank: Readonly<Record<Severity, number>> = {
  critical: 3,
  major: 2,
  minor: 1,
  warning: 0,
}

/** Predicted time of crossing the limit: P10, P50 and P90, ms since 1970 UTC. */
export interface CrossingForecast {
  p10: number
  p50: number
  p90: number
}

/** Evidence of a finding in numbers: value, baseline, forecast, and the points to draw. */
export interface Evidence {
  detector: string
  metric?: string
  unit?: string
  value?: number
  limit?: number
  baseline?: number
  /** For `cohort`: quantiles among the device's peers. */
  peers?: { devices: number; q10: number; q90: number }
  slopePerDay?: number
  crossing?: CrossingForecast
  /** Remaining life in use (hours, cycles), by a counter of the device: P10, P50 and P90, in `unit`. */
  remainingUse?: { metric: string; unit: string; p10: number; p50: number; p90: number }
  /** For `hazard`: probability that the part fails within the time of the rule. */
  probability?: number
  /**
   * For `health`: index from 0 (as parts at their end) to 100 (as healthy parts), what each metric takes from 100 in points of
   * it, and the number of ended lifetimes that it was learned from.
   */
  health?: { index: number; contributions: Readonly<Record<string, number>>; lifetimes: number }
  /** For `silence`: time of the last message, ms since 1970 UTC; absent when there never was one. */
  lastSeen?: number
  /** For `all` and `any`: evidence of each member; the other fields are those of the first bad one. */
  parts?: Evidence[]
  /** For a sensor fault: why values are rejected, and how many were. */
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

/** Result of a rule for one part of one device at one moment of event time. */
export interface Finding {
  /** Deterministic: the same readings give the same ids, live, after a crash and in a backtest. */
  id: string
  device: string
  component: string
  /** Epoch of the part: 0 for the first one installed, incremented by each replacement. */
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
  /** Finding of a shadow rule: recorded only. */
  shadow?: true
  /** Start of its rule's shadow run, ms; during one it is set on the findings of both versions. */
  trial?: number
}

/** A finding of a shadow run, by the live or by the shadow version. */
export interface TrialFinding extends Pick<Finding, 'device' | 'component' | 'epoch' | 'state' | 'at'> {
  shadow: boolean
}
