/** Ground truth of one part, known to the simulator alone. Times are ms since 1970 UTC. */
export interface PartGroundTruth {
  component: string
  /** Epoch in its slot: 0 for the first part, incremented by each replacement. */
  epoch: number
  metric: string
  failureDirection: 'below' | 'above'
  limit: number
  /** null for a part installed before the simulation started. */
  installedAt: number | null
  /** Replacement within the simulated time. */
  replacedAt: number | null
  /** Intervals between maintenance actions, oldest first; never empty. */
  intervals: MaintenanceInterval[]
}

/** A part of a lifetime without maintenance. */
export interface MaintenanceInterval {
  /** null for an interval that began before the simulation. */
  from: number | null
  /** Maintenance that ended the interval. */
  maintainedAt: number | null
  /** Time at which the true value crossed the limit; null when it did not within the interval. */
  crossedAt: number | null
  /**
   * When it would have, without the cleaning: `crossedAt`, or a moment up to `careDays` after `tendedAt`. null when it
   * would not within that time or, of a span without an end, within the horizon.
   */
  wouldCrossAt: number | null
}

/** For how long it is known what a part would have done without the care it got. */
export const counterfactualDays = 90

/** Numbers of injected faults; a reading that was sent twice counts twice. */
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
  /** Readings dated 1970, by a clock that lost its power: they must be quarantined. */
  clock1970Readings: number
  /** Readings dated 2020, by the same cause: indistinguishable from an old backlog. */
  clock2020Readings: number
}

export interface DeviceGroundTruth {
  device: string
  kind: string
  parts: PartGroundTruth[]
  injected: InjectedFaults
}

/** Ground truth of a simulated fleet between `from` and `until`, with crossings up to `horizon`. */
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

/** Sum the injected faults of all devices. */
export function totalInjectedFaults({ devices }: FleetGroundTruth): InjectedFaults {
  const total = createInjectedFaults()
  for (const { injected } of devices) {
    for (const fault of faultNames) total[fault] += injected[fault]
  }
  return total
}

const faultNames = Object.keys(createInjectedFaults()) as (keyof InjectedFaults)[]
