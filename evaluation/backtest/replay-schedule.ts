import { dayMs, hourMs } from '../../lib/time.ts'
import type { ReplayFleet } from './replay-fleet.ts'
import type { PartReplacement } from './replay-history.ts'
import type { RuleSetReplay } from './rule-set-replay.ts'

export interface ReplayScheduleOptions {
  fleet: ReplayFleet
  replays: readonly RuleSetReplay[]
  /** In order of time. */
  replacements: readonly PartReplacement[]
  /** When the replay begins, and from when on it counts, ms. */
  begin: number
  from: number
}

/** What happens between readings: parts are replaced, hours pass, and with each day the fleet has more to teach. */
export class ReplaySchedule {
  readonly #options: ReplayScheduleOptions
  #replaced = 0
  /** The hour that passes next. */
  #nextHour: number
  #counts = false

  constructor(options: ReplayScheduleOptions) {
    this.#options = options
    this.#nextHour = Math.ceil(options.begin / hourMs) * hourMs
  }

  /** Whether what happens now counts. */
  get isAfterWarmUp(): boolean {
    return this.#counts
  }

  /**
   * Up to here (excluded) nothing happens but readings: those of different devices may be told in any order.
   * ms since 1970
   */
  get nextEventAt(): number {
    const { fleet, replacements, from } = this.#options
    const hour = fleet.needsTicks ? this.#nextHour : Math.ceil(this.#nextHour / dayMs) * dayMs
    const replaced = replacements[this.#replaced]?.ts ?? Number.POSITIVE_INFINITY
    return Math.min(hour + 1, replaced, this.#counts ? Number.POSITIVE_INFINITY : from)
  }

  /** All that comes before a reading of this time. */
  advanceTo(ts: number): void {
    while (this.#nextHour < ts) {
      const hour = this.#nextHour
      this.#nextHour += hourMs
      this.#replaceUpTo(hour)
      this.#startCountingAt(hour)
      this.#pass(hour)
    }
    this.#replaceUpTo(ts)
    this.#startCountingAt(ts)
  }

  #pass(hour: number): void {
    const { fleet, replays: sides } = this.#options
    const dayBegins = hour % dayMs === 0
    // Where nobody said anything there is nothing new to learn.
    if (dayBegins && fleet.takeHasNewReadings()) for (const side of sides) side.rebuildFleetModel(hour)
    fleet.tick(hour, dayBegins)
  }

  #replaceUpTo(ts: number): void {
    const { fleet, replacements } = this.#options
    for (
      let next = replacements[this.#replaced];
      next && next.ts <= ts;
      next = replacements[this.#replaced]
    ) {
      this.#startCountingAt(next.ts)
      fleet.replacePart(next)
      this.#replaced += 1
    }
  }

  #startCountingAt(ts: number): void {
    const { from, replays: sides } = this.#options
    if (this.#counts || ts < from) return
    this.#counts = true
    for (const { findingLog: ledger } of sides) ledger.endWarmUp(from)
  }
}
