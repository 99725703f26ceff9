import { minuteMs } from '../../lib/time.ts'
import type { PartSlotView } from './part-slot.ts'

export type MetricValues = Record<string, number>

/** What happens to a device, in the order of `ts`. */
export type ApplianceEvent =
  | { type: 'reading'; ts: number; values: MetricValues }
  | { type: 'part_replaced'; ts: number; component: string }

/** A device that lives: its usage, the wear of its parts, and what its sensors make of it. */
export interface Appliance {
  readonly slots: readonly PartSlotView[]
  /** Everything from the day of `from` on, for ever. To be run once: the parts wear while it runs. */
  simulate(from: number): Generator<ApplianceEvent>
}

/** Lets the owner do what is due about failed parts before a use at `at`; news of new parts carry the minute before. */
export function* performDueRepairs(at: number, slots: readonly PartSlotView[]): Generator<ApplianceEvent> {
  for (const slot of slots) {
    if (slot.performDueRepair(at - minuteMs)) {
      yield { type: 'part_replaced', ts: at - minuteMs, component: slot.component }
    }
  }
}

/** As a sensor of a given resolution shows it. */
export function quantize(value: number, resolution: number): number {
  return Number((Math.round(value / resolution) * resolution).toFixed(4))
}
