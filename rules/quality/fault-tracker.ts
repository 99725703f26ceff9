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

/** Name under which faults of the clock are reported. */
export const clockSensor = 'clock'

const noEvents: readonly SensorFaultEvent[] = []

/** Sensor faults of a device, changed in place by the check of one reading, and the events that result. */
export class FaultTracker {
  readonly #faults: Record<string, SensorFaultState>
  /** Nearly every reading has none: the list is made for the first. */
  #events: SensorFaultEvent[] | undefined

  constructor(faults: Record<string, SensorFaultState>) {
    this.#faults = faults
  }

  get events(): readonly SensorFaultEvent[] {
    return this.#events ?? noEvents
  }

  /** Record the values that a check rejected; none when the new value was accepted. */
  record(sensor: string, rejections: Parameters<typeof recordCheck>[1]): void {
    const before = this.#faults[sensor]
    if (rejections.length > 0 || before?.fault) this.#store(sensor, recordCheck(before, rejections))
  }

  /** End the faults of sensors that are no longer checked. */
  endUnmonitored(sensors: ReadonlyMap<string, unknown>): void {
    for (const sensor in this.#faults) {
      const before = this.#faults[sensor]
      if (before?.fault && sensor !== clockSensor && !sensors.has(sensor))
        this.#store(sensor, endFault(before))
    }
  }

  #store(sensor: string, { state, change }: ReturnType<typeof recordCheck>): void {
    this.#faults[sensor] = state
    if (change === undefined) return
    this.#events ??= []
    this.#events.push({ sensor, ...change })
  }
}
