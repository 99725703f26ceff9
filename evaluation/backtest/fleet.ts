import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import type { RuleInput } from '../../rules/engine/engine.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import type { HistoryDevice, Replacement } from './history.ts'
import type { Side } from './side.ts'

/** A device on its way through history. */
interface Unit {
  device: HistoryDevice
  isKnown: boolean
  /** After so long without a word it counts as late. */
  expectedIntervalMs: number
  /** The sides that have rules for it that wait for the passing of time. */
  waiting: readonly Side[]
  heardAt: number
  /** For how long it was heard while it counted, ms. */
  heardMs: number
}

/** Who was not heard for longer was away: that is not time in which a rule could have raised something. */
const longestGapMs = 90 * dayMs

export interface FleetOptions {
  devices: readonly HistoryDevice[]
  kinds: Kinds
  sides: readonly Side[]
}

/** Tells all sides what happens to each device. */
export class Fleet {
  readonly #sides: readonly Side[]
  readonly #units: Map<string, Unit>
  readonly #waits: boolean
  #heardSince = false

  constructor({ devices, kinds, sides }: FleetOptions) {
    this.#sides = sides
    this.#units = new Map(
      devices.map((device) => [
        device.id,
        {
          device,
          isKnown: false,
          expectedIntervalMs: kinds.get(device.kind)?.expectedIntervalMs ?? 0,
          waiting: sides.filter(({ engine }) => engine.needsTicks(device.kind)),
          heardAt: Number.NEGATIVE_INFINITY,
          heardMs: 0,
        },
      ]),
    )
    this.#waits = [...this.#units.values()].some(({ waiting }) => waiting.length > 0)
  }

  /** Whether rules of any device wait for the passing of time. */
  get waits(): boolean {
    return this.#waits
  }

  /** @returns whether it is of a device of this fleet */
  read(reading: Reading, counts: boolean): boolean {
    const unit = this.#units.get(reading.device)
    if (unit === undefined) return false
    this.#tell(unit, { type: 'reading', reading })
    const gapMs = reading.ts - unit.heardAt
    if (counts && gapMs <= longestGapMs) unit.heardMs += gapMs
    unit.heardAt = reading.ts
    this.#heardSince = true
    return true
  }

  /** Whether any device was heard since this was asked last. */
  heardAgain(): boolean {
    const heard = this.#heardSince
    this.#heardSince = false
    return heard
  }

  replace({ device, component, ts }: Replacement): void {
    const unit = this.#units.get(device)
    if (unit) this.#tell(unit, { type: 'part_replaced', device, component, ts })
  }

  /**
   * Lets time pass for the devices that rules wait for: for those that are late at every call, for the others with the
   * first of a day. A device that reports as expected gives those rules no reason to look more often.
   */
  tick(at: number, dayBegins: boolean): void {
    for (const unit of this.#units.values()) {
      if (unit.waiting.length === 0) continue
      if (!unit.isKnown && unit.device.firstSeen > at) continue
      if (!dayBegins && at - unit.heardAt < unit.expectedIntervalMs) continue
      this.#announce(unit)
      for (const side of unit.waiting) side.tell(unit.device.id, { type: 'tick', at })
    }
  }

  /** For how long the devices of a kind (all of them without one) were heard while it counted, together, ms. */
  heardMs(kind?: string): number {
    let sum = 0
    for (const { device, heardMs } of this.#units.values()) {
      if (kind === undefined || device.kind === kind) sum += heardMs
    }
    return sum
  }

  #tell(unit: Unit, input: RuleInput): void {
    this.#announce(unit)
    for (const side of this.#sides) side.tell(unit.device.id, input)
  }

  #announce(unit: Unit): void {
    if (unit.isKnown) return
    unit.isKnown = true
    const { firstSeen: _, ...device } = unit.device
    for (const side of this.#sides) side.tell(device.id, { type: 'device', device })
  }
}
