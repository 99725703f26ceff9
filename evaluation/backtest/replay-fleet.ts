import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import type { RuleInput } from '../../rules/engine/engine.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import type { HistoryDevice, PartReplacement } from './replay-history.ts'
import type { RuleSetReplay } from './rule-set-replay.ts'

/** A device on its way through history. */
interface ReplayDevice {
  device: HistoryDevice
  isAnnounced: boolean
  /** After so long without a word it counts as late. */
  expectedIntervalMs: number
  /** The sides that have rules for it that wait for the passing of time. */
  tickTargets: readonly RuleSetReplay[]
  lastSeenAt: number
  /** For how long it was heard while it counted, ms. */
  observedMs: number
}

/** Who was not heard for longer was away: that is not time in which a rule could have raised something. */
const longestGapMs = 90 * dayMs

export interface ReplayFleetOptions {
  devices: readonly HistoryDevice[]
  kinds: Kinds
  replays: readonly RuleSetReplay[]
}

/** Tells all sides what happens to each device. */
export class ReplayFleet {
  readonly #sides: readonly RuleSetReplay[]
  readonly #units: Map<string, ReplayDevice>
  readonly #waits: boolean
  #heardSince = false

  constructor({ devices, kinds, replays: sides }: ReplayFleetOptions) {
    this.#sides = sides
    this.#units = new Map(
      devices.map((device): [string, ReplayDevice] => [
        device.id,
        {
          device,
          isAnnounced: false,
          expectedIntervalMs: kinds.get(device.kind)?.expectedIntervalMs ?? 0,
          tickTargets: sides.filter(({ engine }) => engine.needsTicks(device.kind)),
          lastSeenAt: Number.NEGATIVE_INFINITY,
          observedMs: 0,
        },
      ]),
    )
    this.#waits = [...this.#units.values()].some(({ tickTargets: waiting }) => waiting.length > 0)
  }

  /** Whether rules of any device wait for the passing of time. */
  get needsTicks(): boolean {
    return this.#waits
  }

  /** @returns whether it is of a device of this fleet */
  addReading(reading: Reading, counts: boolean): boolean {
    const unit = this.#units.get(reading.device)
    if (unit === undefined) return false
    this.#tell(unit, { type: 'reading', reading })
    const gapMs = reading.ts - unit.lastSeenAt
    if (counts && gapMs <= longestGapMs) unit.observedMs += gapMs
    unit.lastSeenAt = reading.ts
    this.#heardSince = true
    return true
  }

  /** Whether any device was heard since this was asked last. */
  takeHasNewReadings(): boolean {
    const heard = this.#heardSince
    this.#heardSince = false
    return heard
  }

  replacePart({ device, component, ts }: PartReplacement): void {
    const unit = this.#units.get(device)
    if (unit) this.#tell(unit, { type: 'part_replaced', device, component, ts })
  }

  /**
   * Lets time pass for the devices that rules wait for: for those that are late at every call, for the others with the
   * first of a day. A device that reports as expected gives those rules no reason to look more often.
   */
  tick(at: number, dayBegins: boolean): void {
    for (const unit of this.#units.values()) {
      if (unit.tickTargets.length === 0) continue
      if (!unit.isAnnounced && unit.device.firstSeen > at) continue
      if (!dayBegins && at - unit.lastSeenAt < unit.expectedIntervalMs) continue
      this.#announce(unit)
      for (const side of unit.tickTargets) side.step(unit.device.id, { type: 'tick', at })
    }
  }

  /** For how long the devices of a kind (all of them without one) were heard while it counted, together, ms. */
  heardMs(kind?: string): number {
    let sum = 0
    for (const { device, observedMs: heardMs } of this.#units.values()) {
      if (kind === undefined || device.kind === kind) sum += heardMs
    }
    return sum
  }

  #tell(unit: ReplayDevice, input: RuleInput): void {
    this.#announce(unit)
    for (const side of this.#sides) side.step(unit.device.id, input)
  }

  #announce(unit: ReplayDevice): void {
    if (unit.isAnnounced) return
    unit.isAnnounced = true
    const { firstSeen: _, ...device } = unit.device
    for (const side of this.#sides) side.step(device.id, { type: 'device', device })
  }
}
