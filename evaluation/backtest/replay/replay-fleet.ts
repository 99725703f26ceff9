import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import type { RuleInput } from '../../rules/engine/engine.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import type { HistoryDevice, PartReplacement } from './replay-history.ts'
import type { RuleSetReplay } from './rule-set-replay.ts'

/** A device in the replay. */
interface ReplayDevice {
  device: HistoryDevice
  isAnnounced: boolean
  /** A device without a reading for this long is late. */
  expectedIntervalMs: number
  /** Replays with rules for this device that need ticks. */
  tickTargets: readonly RuleSetReplay[]
  lastSeenAt: number
  /** Time observed since counting began, ms. */
  observedMs: number
}

/** A longer gap between readings is not observed time: no rule could have raised anything in it. */
const longestGapMs = 90 * dayMs

export interface ReplayFleetOptions {
  devices: readonly HistoryDevice[]
  kinds: Kinds
  replays: readonly RuleSetReplay[]
}

/** Passes the events of each device to all replays. */
export class ReplayFleet {
  readonly #replays: readonly RuleSetReplay[]
  readonly #units: Map<string, ReplayDevice>
  readonly #needsTicks: boolean
  #hasNewReadings = false

  constructor({ devices, kinds, replays }: ReplayFleetOptions) {
    this.#replays = replays
    this.#units = new Map(
      devices.map((device): [string, ReplayDevice] => [
        device.id,
        {
          device,
          isAnnounced: false,
          expectedIntervalMs: kinds.get(device.kind)?.expectedIntervalMs ?? 0,
          tickTargets: replays.filter(({ engine }) => engine.needsTicks(device.kind)),
          lastSeenAt: Number.NEGATIVE_INFINITY,
          observedMs: 0,
        },
      ]),
    )
    this.#needsTicks = [...this.#units.values()].some(({ tickTargets }) => tickTargets.length > 0)
  }

  /** Whether rules of any device need ticks. */
  get needsTicks(): boolean {
    return this.#needsTicks
  }

  /** Evaluate a reading. @returns whether its device belongs to this fleet */
  addReading(reading: Reading, counts: boolean): boolean {
    const unit = this.#units.get(reading.device)
    if (unit === undefined) return false
    this.#send(unit, { type: 'reading', reading })
    const gapMs = reading.ts - unit.lastSeenAt
    if (counts && gapMs <= longestGapMs) unit.observedMs += gapMs
    unit.lastSeenAt = reading.ts
    this.#hasNewReadings = true
    return true
  }

  /** Return whether readings were added since the last call. */
  takeHasNewReadings(): boolean {
    const hasNew = this.#hasNewReadings
    this.#hasNewReadings = false
    return hasNew
  }

  replacePart({ device, component, ts }: PartReplacement): void {
    const unit = this.#units.get(device)
    if (unit) this.#send(unit, { type: 'part_replaced', device, component, ts })
  }

  /**
   * Send a tick to the devices whose rules need it: to late devices at each call, to the others at the first of a day.
   * While a device reports as expected, those rules need no more.
   */
  tick(at: number, dayBegins: boolean): void {
    for (const unit of this.#units.values()) {
      if (unit.tickTargets.length === 0) continue
      if (!unit.isAnnounced && unit.device.firstSeen > at) continue
      if (unit.device.retired !== undefined && unit.device.retired.at <= at) continue
      if (!dayBegins && at - unit.lastSeenAt < unit.expectedIntervalMs) continue
      this.#announce(unit)
      for (const replay of unit.tickTargets) replay.step(unit.device.id, { type: 'tick', at })
    }
  }

  /** Return the observed time summed over the devices of a kind, or over all devices, ms. */
  observedMs(kind?: string): number {
    let sum = 0
    for (const { device, observedMs } of this.#units.values()) {
      if (kind === undefined || device.kind === kind) sum += observedMs
    }
    return sum
  }

  #send(unit: ReplayDevice, input: RuleInput): void {
    this.#announce(unit)
    for (const replay of this.#replays) replay.step(unit.device.id, input)
  }

  #announce(unit: ReplayDevice): void {
    if (unit.isAnnounced) return
    unit.isAnnounced = true
    // As it was while it was in use.
    const { firstSeen: _, retired: _retired, ...device } = unit.device
    for (const replay of this.#replays) replay.step(device.id, { type: 'device', device })
  }
}
