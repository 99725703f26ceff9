import type { HazardModel } from './hazard-model.ts'
import type { HealthModel } from './health-model.ts'
import type { Lifetime } from './lifetime.ts'

/** Versioned snapshot of what is known about a whole fleet, bounded in size. */
export interface FleetModel {
  /** Short hash of the content. */
  version: string
  /** Lifetimes of parts, finished and running, by `lifetimeKey`. */
  lifetimes: Readonly<Record<string, readonly Lifetime[]>>
  /** Statistics of cohorts, by `cohortKey`. */
  cohortStats: Readonly<Record<string, readonly CohortStats[]>>
  /** Hazards by `hazardKey`; absent while no rule uses one, and in models of earlier releases. */
  hazards?: Readonly<Record<string, HazardModel>>
  /** Health models by `healthKey`; absent likewise. */
  healthModels?: Readonly<Record<string, HealthModel>>
}

/** The distribution of one metric over the devices of one cohort. */
export interface CohortStats {
  /** Absent: all models of the kind. */
  model?: string
  /** Absent: all firmwares of the model. */
  firmware?: string
  /** Bin of load or age within which devices are compared, `runtime_h 400..600`; absent where it does not matter. */
  bin?: string
  devices: number
  /** Quantiles of the devices' recent levels. */
  q10: number
  q50: number
  q90: number
  /** First and last time at which the cohort had devices, ms; a cohort is kept after all its devices were updated. */
  firstSeenAt: number
  lastSeenAt: number
}

export const emptyFleetModel: FleetModel = { version: 'none', lifetimes: {}, cohortStats: {} }

/** Return the key of a part's lifetimes. */
export const lifetimeKey = (kind: string, component: string, metric: string): string =>
  `${kind}/${component}/${metric}`

/** Return the key of a metric's cohorts. */
export const cohortKey = (kind: string, metric: string): string => `${kind}/${metric}`

/** Return the key of a part's hazard by counters; `withinMs` is the time within which a failure is predicted. */
export const hazardKey = (
  { kind, component }: { kind: string; component: string },
  counters: readonly string[],
  withinMs: number,
): string => `${kind}/${component}/${withinMs}/${counters.join('+')}`

/** Return the key of a part's health model by metrics. */
export const healthKey = (
  { kind, component }: { kind: string; component: string },
  metrics: readonly string[],
): string => `${kind}/${component}/health/${metrics.join('+')}`

/** Return the metrics of a health model; undefined for a key of something else. */
export function parseHealthKey(key: string): string[] | undefined {
  const [, , what, metrics = ''] = key.split('/')
  return what === 'health' ? metrics.split('+') : undefined
}
