import { minuteMs } from '../../lib/time.ts'
import type { Slot } from './part-slot.ts'

export type Values = Record<string, number>

/** What happens to a device, in the order of `ts`. */
export type Happening =
  | { type: 'reading'; ts: number; values: Values }
  | { type: 'part_replaced'; ts: number; component: string }

/** A device that lives: its usage, the wear of its parts, and what its sensors make of it. */
export interface Appliance {
  readonly slots: readonly Slot[]
  /** Everything from the day of `from` on, for ever. To be run once: the parts wear while it runs. */
  live(from: number): Generator<Happening>
}

/** Lets the owner do what is due about failed parts before a use at `at`; news of new parts carry the minute before. */
export function* remedyParts(at: number, slots: readonly Slot[]): Generator<Happening> {
  for (const slot of slots) {
    if (slot.remedied(at - minuteMs)) {
      yield { type: 'part_replaced', ts: at - minuteMs, component: slot.component }
    }
  }
}

/** As a sensor of a given resolution shows it. */
export function rounded(value: number, resolution: number): number {
  return Number((Math.round(value / resolution) * resolution).toFixed(4))
}
