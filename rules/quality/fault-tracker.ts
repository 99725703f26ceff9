import type { Finding } from '../../contract/finding.ts'
import { endFault, recordCheck, type SensorFault, type SensorFaultState } from './sensor-fault.ts'

/** Something to tell of a sensor, or of the clock. */
export interface SensorFaultEvent {
  /** A metric, or `clock`. */
  sensor: string
  state: Finding['state']
  episode: number
  update: number
  fault: SensorFault
}

type SensorFaults = Readonly<Record<string, SensorFaultState>>

/** The troubles of a device while one reading is judged. */
export class FaultTracker {
  faults: SensorFaults
  readonly events: SensorFaultEvent[] = []

  constructor(troubles: SensorFaults) {
    this.faults = troubles
  }

  /** Record what a sensor's new value shows not to be believed: nothing when all is well. */
  record(sensor: string, marks: Parameters<typeof recordCheck>[1]): void {
    const before = this.faults[sensor]
    if (marks.length > 0 || before?.fault) this.#keep(sensor, recordCheck(before, marks))
  }

  /** End the troubles of sensors that nobody watches any more. */
  endUnmonitored(isWatched: (sensor: string) => boolean): void {
    for (const [sensor, before] of Object.entries(this.faults)) {
      if (before.fault && !isWatched(sensor)) this.#keep(sensor, endFault(before))
    }
  }

  #keep(sensor: string, { state, change }: ReturnType<typeof recordCheck>): void {
    this.faults = { ...this.faults, [sensor]: state }
    if (change) this.events.push({ sensor, ...change })
  }
}
