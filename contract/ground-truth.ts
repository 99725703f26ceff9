/** The truth of one part: what nobody but the simulator knows. Times are ms since 1970 UTC. */
export interface PartGroundTruth {
  component: string
  /** Which part of its slot: 0 for the first, one more with each replacement. */
  epoch: number
  metric: string
  failureDirection: 'below' | 'above'
  limit: number
  /** null when it was there before the simulation started. */
  installedAt: number | null
  /** When its owner had it replaced, within the simulated time. */
  replacedAt: number | null
  /** The life between one cleaning and the next, oldest first; never empty. */
  intervals: MaintenanceInterval[]
}

/** A stretch of a part's life in which nobody interfered. */
export interface MaintenanceInterval {
  /** null when it began before the simulation. */
  from: number | null
  /** When its owner cleaned it, and so ended the span. */
  maintainedAt: number | null
  /** When the true value went beyond the limit; null when it did not within the span. */
  crossedAt: number | null
  /**
   * When it would have, had nobody cleaned it: `crossedAt`, or a moment up to `careDays` after `tendedAt`. null when it
   * would not within that time or, of a span that nobody ended, within the horizon.
   */
  wouldCrossAt: number | null
}

/** For how long it is known what a part would have done without the care it got. */
export const counterfactualDays = 90

/** How much trouble was made on purpose; of a reading that was sent twice, twice. */
export interface InjectedFaults {
  /** Readings that came late in an array marked `hist`. */
  backlogReadings: number
  /** Readings that were sent a second time. */
  duplicateReadings: number
  /** Readings that came after a newer one. */
  lateReadings: number
  /** Readings in which a sensor repeats an old value. */
  stuckReadings: number
  /** Readings in which one value is far off. */
  spikeReadings: number
  /** Readings in which a sensor shows the least or most it can. */
  saturatedReadings: number
  /** Readings dated 1970, by a clock that lost its power: to be refused. */
  clock1970Readings: number
  /** Readings dated 2020, likewise: their time cannot be told from an old backlog's. */
  clock2020Readings: number
}

export interface DeviceGroundTruth {
  device: string
  kind: string
  parts: PartGroundTruth[]
  injected: InjectedFaults
}

/** What a simulated fleet went through between `from` and `until`, and what was still to come up to `horizon`. */
export interface FleetGroundTruth {
  seed: number
  from: number
  until: number
  horizon: number
  devices: DeviceGroundTruth[]
}

export function createInjectedFaults(): InjectedFaults {
  return {
    backlogReadings: 0,
    duplicateReadings: 0,
    lateReadings: 0,
    stuckReadings: 0,
    spikeReadings: 0,
    saturatedReadings: 0,
    clock1970Readings: 0,
    clock2020Readings: 0,
  }
}

/** Of all devices together. */
export function totalInjectedFaults({ devices }: FleetGroundTruth): InjectedFaults {
  const total = createInjectedFaults()
  for (const { injected } of devices) {
    for (const fault of faultNames) total[fault] += injected[fault]
  }
  return total
}

const faultNames = Object.keys(createInjectedFaults()) as (keyof InjectedFaults)[]
