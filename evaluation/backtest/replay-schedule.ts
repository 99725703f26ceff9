import { dayMs, hourMs } from '../../lib/time.ts'
import type { ReplayFleet } from './replay-fleet.ts'
import type { PartReplacement } from './replay-history.ts'
import type { RuleSetReplay } from './rule-set-replay.ts'

export interface ReplayScheduleOptions {
  fleet: ReplayFleet
  replays: readonly RuleSetReplay[]
  /** In order of time. */
  replacements: readonly PartReplacement[]
  /** Start of the replay, and of the period that counts, ms. */
  begin: number
  from: number
}

/** The events between readings: part replacements, hourly ticks, and a new fleet model each day. */
export class ReplaySchedule {
  readonly #options: ReplayScheduleOptions
  #replacementCount = 0
  /** The next hourly tick, ms. */
  #nextHour: number
  #isAfterWarmUp = false

  constructor(options: ReplayScheduleOptions) {
    this.#options = options
    this.#nextHour = Math.ceil(options.begin / hourMs) * hourMs
  }

  /** Whether the period that counts has begun. */
  get isAfterWarmUp(): boolean {
    return this.#isAfterWarmUp
  }

  /**
   * Time of the next event, ms since 1970. Until then (excluded) there are only readings, so that those of different
   * devices may be replayed in any order.
   */
  get nextEventAt(): number {
    const { fleet, replacements, from } = this.#options
    const hour = fleet.needsTicks ? this.#nextHour : Math.ceil(this.#nextHour / dayMs) * dayMs
    const replaced = replacements[this.#replacementCount]?.ts ?? Number.POSITIVE_INFINITY
    return Math.min(hour + 1, replaced, this.#isAfterWarmUp ? Number.POSITIVE_INFINITY : from)
  }

  /** Apply all events before a reading of this time, ms. */
  advanceTo(ts: number): void {
    while (this.#nextHour < ts) {
      const hour = this.#nextHour
      this.#nextHour += hourMs
      this.#replaceUpTo(hour)
      this.#startCountingAt(hour)
      this.#tick(hour)
    }
    this.#replaceUpTo(ts)
    this.#startCountingAt(ts)
  }

  #tick(hour: number): void {
    const { fleet, replays } = this.#options
    const dayBegins = hour % dayMs === 0
    // Without new readings the fleet model would stay the same.
    if (dayBegins && fleet.takeHasNewReadings()) for (const replay of replays) replay.rebuildFleetModel(hour)
    fleet.tick(hour, dayBegins)
  }

  #replaceUpTo(ts: number): void {
    const { fleet, replacements } = this.#options
    for (
      let next = replacements[this.#replacementCount];
      next && next.ts <= ts;
      next = replacements[this.#replacementCount]
    ) {
      this.#startCountingAt(next.ts)
      fleet.replacePart(next)
      this.#replacementCount += 1
    }
  }

  #startCountingAt(ts: number): void {
    const { from, replays } = this.#options
    if (this.#isAfterWarmUp || ts < from) return
    this.#isAfterWarmUp = true
    for (const { findingLog } of replays) findingLog.endWarmUp(from)
  }
}
