import type { Finding } from '../../contract/finding.ts'
import { endFault, recordCheck, type SensorFault, type SensorFaultState } from './sensor-fault.ts'

/** Transition of a fault of a sensor or of the clock. */
export interface SensorFaultEvent {
  /** A metric, or `clock`. */
  sensor: string
  state: Finding['state']
  episode: number
  update: number
  fault: SensorFault
}

/** Sensor faults of a device, changed in place by the check of one reading, and the events that result. */
export class FaultTracker {
  readonly #faults: Record<string, SensorFaultState>
  readonly events: SensorFaultEvent[] = []

  constructor(faults: Record<string, SensorFaultState>) {
    this.#faults = faults
  }

  /** Record the values that a check rejected; none when the new value was accepted. */
  record(sensor: string, rejections: Parameters<typeof recordCheck>[1]): void {
    const before = this.#faults[sensor]
    if (rejections.length > 0 || before?.fault) this.#store(sensor, recordCheck(before, rejections))
  }

  /** End the faults of sensors that are no longer checked. */
  endUnmonitored(isMonitored: (sensor: string) => boolean): void {
    for (const sensor in this.#faults) {
      const before = this.#faults[sensor]
      if (before?.fault && !isMonitored(sensor)) this.#store(sensor, endFault(before))
    }
  }

  #store(sensor: string, { state, change }: ReturnType<typeof recordCheck>): void {
    this.#faults[sensor] = state
    if (change) this.events.push({ sensor, ...change })
  }
}
