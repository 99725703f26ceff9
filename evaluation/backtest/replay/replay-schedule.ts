import { hourMs } from '../../../lib/time.ts'
import { nextFleetModelAt } from '../../../rules/fleet-model/fleet-model-schedule.ts'
import type { ReplayBound } from './device-replay.ts'
import type { Fleet } from './fleet.ts'

const never = Number.POSITIVE_INFINITY

export interface ReplayScheduleOptions {
  /** Start of the replay, and of the period that counts, ms. */
  begin: number
  from: number
}

/** Gets the share that is done of a stretch of time. */
export type OnAdvance = (share: number, stretch: { from: number; to: number }) => void

/** What concerns all devices at once: the start of the period that counts, and a new fleet model each day. */
export class ReplaySchedule {
  readonly #fleet: Fleet
  /** Time of the next fleet model, ms. */
  #nextModelAt: number
  /** Start of the period that counts, ms, until it was reached. */
  #countingFrom: number
  #advancedTo: number

  constructor(fleet: Fleet, { begin, from }: ReplayScheduleOptions) {
    this.#fleet = fleet
    this.#nextModelAt = fleet.learns ? Math.ceil(begin / hourMs) * hourMs : never
    this.#countingFrom = from
    this.#advancedTo = begin
  }

  /** Replay everything before this time, ms. */
  async advanceTo(to: number, onAdvance: OnAdvance): Promise<void> {
    while (Math.min(this.#countingFrom, this.#nextModelAt) < to) {
      if (this.#countingFrom <= this.#nextModelAt) await this.#startCounting(onAdvance)
      else await this.#learn(onAdvance)
    }
    await this.#advance({ readings: to, ticks: to }, onAdvance)
  }

  async #startCounting(onAdvance: OnAdvance): Promise<void> {
    await this.#advance({ readings: this.#countingFrom, ticks: this.#countingFrom }, onAdvance)
    this.#countingFrom = never
    await this.#fleet.endWarmUp()
  }

  async #learn(onAdvance: OnAdvance): Promise<void> {
    const at = this.#nextModelAt
    // Readings of this moment belong to the day before.
    await this.#advance({ readings: at + 1, ticks: at }, onAdvance)
    this.#nextModelAt = nextFleetModelAt(at, await this.#fleet.learn(at))
  }

  async #advance(bound: ReplayBound, onAdvance: OnAdvance): Promise<void> {
    const stretch = { from: this.#advancedTo, to: bound.ticks }
    await this.#fleet.advance(bound, (share) => onAdvance(share, stretch))
    onAdvance(1, stretch)
    this.#advancedTo = bound.ticks
  }
}
