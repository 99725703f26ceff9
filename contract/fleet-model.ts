import type { Lifetime } from './lifetime.ts'

/** What the fleet teaches each of its devices, as of one moment: a versioned snapshot, bounded in size. */
export interface FleetModel {
  /** Short hash of what it says. */
  version: string
  /** Lives of parts, finished and running, by subject (`lifeSubject`). */
  lifetimes: Readonly<Record<string, readonly Lifetime[]>>
  /** What is usual among devices, by subject (`peersSubject`). */
  cohortStats: Readonly<Record<string, readonly CohortStats[]>>
}

/** The distribution of one metric over the devices of one cohort. */
export interface CohortStats {
  /** Absent: all models of the kind. */
  model?: string
  /** Absent: all firmwares of the model. */
  firmware?: string
  /** The load or age at which they are compared, `runtime_h 400..600`; absent where it does not matter. */
  bin?: string
  devices: number
  /** Quantiles of the devices' recent levels. */
  q10: number
  q50: number
  q90: number
  /** When the cohort was first seen, and when it was last: one whose devices have all been updated is remembered. */
  firstSeenAt: number
  lastSeenAt: number
}

export const emptyFleetModel: FleetModel = { version: 'none', lifetimes: {}, cohortStats: {} }

/** Under which name lives are kept. */
export const lifetimeKey = (kind: string, component: string, metric: string): string =>
  `${kind}/${component}/${metric}`

/** Under which name peers are kept. */
export const cohortKey = (kind: string, metric: string): string => `${kind}/${metric}`
