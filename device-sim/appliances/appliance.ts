import { minuteMs } from '../../lib/time.ts'
import type { PartSlotView } from './part-slot.ts'

export type MetricValues = Record<string, number>

/** An event of a device; devices emit them in the order of `ts`. */
export type ApplianceEvent =
  | { type: 'reading'; ts: number; values: MetricValues }
  | { type: 'part_replaced'; ts: number; component: string }
  /** Another firmware was installed. */
  | { type: 'firmware'; ts: number; firmware: string }

/** A simulated device: its usage, the wear of its parts, and the values of its sensors. */
export interface Appliance {
  readonly slots: readonly PartSlotView[]
  /** Yield all events from the day of `from` on, without end. Call it once: the parts wear while it runs. */
  simulate(from: number): Generator<ApplianceEvent>
}

/** Perform due repairs of failed parts before a use at `at`; the events of new parts are a minute earlier. */
export function* performDueRepairs(at: number, slots: readonly PartSlotView[]): Generator<ApplianceEvent> {
  for (const slot of slots) {
    if (slot.performDueRepair(at - minuteMs)) {
      yield { type: 'part_replaced', ts: at - minuteMs, component: slot.component }
    }
  }
}

/** Round a value to the resolution of a sensor. */
export function quantize(value: number, resolution: number): number {
  return Number((Math.round(value / resolution) * resolution).toFixed(4))
}
