import { dayMs, hourMs } from '../../../lib/time.ts'
import type { RuleInput } from '../../../rules/engine/engine.ts'
import type { HistoryDevice, PartReplacement } from '../replay-history.ts'
import type { DeviceRows } from './device-rows.ts'
import type { DeviceSubject, RuleSetReplay } from './rule-set-replay.ts'

/** A longer gap between readings is not observed time: no rule could have raised anything in it. */
const longestGapMs = 90 * dayMs

const never = Number.POSITIVE_INFINITY

/** How far a replay goes: up to these event times, both excluded, ms. */
export interface ReplayBound {
  readings: number
  ticks: number
}

export interface DeviceReplayOptions {
  device: HistoryDevice
  /** In order of time. */
  replacements: readonly PartReplacement[]
  replays: readonly RuleSetReplay[]
  /** Start of the replay, and of the period that counts, ms. */
  begin: number
  from: number
}

/** The replay of one device: its readings, the replacements of its parts, and hourly ticks, in order of event time. */
export class DeviceReplay {
  readonly #options: DeviceReplayOptions
  readonly #subjects: readonly DeviceSubject[]
  /** Those with rules for this device that need ticks. */
  readonly #tickTargets: readonly DeviceSubject[]
  #rows: DeviceRows | undefined
  /** Number of replayed rows of these. */
  #rowsDone = 0
  #replacementsDone = 0
  #isAnnounced = false
  #lastSeenAt = Number.NEGATIVE_INFINITY
  /** The next hourly tick that was not passed, ms. */
  #nextHour: number
  /** Until then no tick changes anything, ms; undefined after an input. */
  #quietUntil: number | undefined
  /** Time observed since counting began, ms. */
  observedMs = 0
  readings = 0

  constructor(options: DeviceReplayOptions) {
    const { device, replays, begin } = options
    this.#options = options
    this.#subjects = replays.map((replay) => replay.addSubject())
    this.#tickTargets = this.#subjects.filter((_, index) => replays[index]?.engine.needsTicks(device.kind))
    this.#nextHour = Math.ceil(begin / hourMs) * hourMs
  }

  get kind(): string {
    return this.#options.device.kind
  }

  /** Give the readings of the next slice of time. */
  load(rows: DeviceRows | undefined): void {
    this.#rows = rows
    this.#rowsDone = 0
  }

  /** Replay up to a bound, at most about so many readings. @returns whether the bound was reached */
  advance(bound: ReplayBound, maxReadings: number): boolean {
    const limit = this.readings + maxReadings
    while (this.readings < limit) if (!this.#next(bound, limit)) return true
    return false
  }

  /** Replay what comes next: a tick, a replacement, or readings. @returns false where there is nothing before the bound */
  #next(bound: ReplayBound, limit: number): boolean {
    const replacement = this.#options.replacements[this.#replacementsDone]
    const replacedAt = replacement?.ts ?? never
    const nextAt = Math.min(this.#rows?.times[this.#rowsDone] ?? never, replacedAt)
    const hasNext = nextAt < bound.readings
    const tickAt = this.#tickTargets.length === 0 ? never : this.#nextTickAt()
    if (tickAt < bound.ticks && (!hasNext || tickAt < nextAt)) this.#tick(tickAt)
    else if (!hasNext) return false
    else if (replacement !== undefined && replacedAt === nextAt) this.#replacePart(replacement)
    else this.#readUntil(Math.min(bound.readings, replacedAt, tickAt + 1), limit)
    return true
  }

  /** Replay the readings before a time; where there are ticks, only the next one, which may move them. */
  #readUntil(end: number, limit: number): void {
    const rows = this.#rows
    if (rows === undefined) return
    this.#announce()
    const { from } = this.#options
    const first = this.#rowsDone
    const maxCount = this.#tickTargets.length > 0 ? 1 : limit - this.readings
    let last = first
    while (last - first < maxCount && (rows.times[last] ?? never) < end) {
      const ts = rows.times[last] ?? never
      const gapMs = ts - this.#lastSeenAt
      if (ts >= from && gapMs <= longestGapMs) this.observedMs += gapMs
      this.#lastSeenAt = ts
      last += 1
    }
    for (const subject of this.#subjects) subject.readRows(rows, first, last)
    this.#rowsDone = last
    this.readings += last - first
    this.#passTicks(this.#lastSeenAt)
  }

  #replacePart({ component, ts }: PartReplacement): void {
    this.#replacementsDone += 1
    this.#announce()
    this.#stepAll({ type: 'part_replaced', device: this.#options.device.id, component, ts })
    this.#passTicks(ts)
  }

  #passTicks(ts: number): void {
    this.#nextHour = Math.max(this.#nextHour, Math.ceil(ts / hourMs) * hourMs)
    this.#quietUntil = undefined
  }

  /** Return the time of the next hourly tick that may change anything if no other input comes first. */
  #nextTickAt(): number {
    const { device } = this.#options
    const isPresentFrom = this.#isAnnounced ? Number.NEGATIVE_INFINITY : device.firstSeen
    this.#quietUntil ??= this.#isAnnounced ? quietUntil(this.#tickTargets) : Number.NEGATIVE_INFINITY
    const at = firstMultiple(hourMs, Math.max(this.#nextHour, isPresentFrom, this.#quietUntil))
    return device.retired !== undefined && device.retired.at <= at ? never : at
  }

  #tick(at: number): void {
    this.#announce()
    for (const subject of this.#tickTargets)
      if (subject.nextTickAt() <= at) subject.step({ type: 'tick', at })
    this.#quietUntil = undefined
    this.#nextHour = at + hourMs
  }

  #announce(): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    // As it was while it was in use.
    const { firstSeen: _, retired: _retired, ...device } = this.#options.device
    this.#stepAll({ type: 'device', device })
  }

  #stepAll(input: RuleInput): void {
    for (const subject of this.#subjects) subject.step(input)
  }
}

/** Return until when no tick changes anything. */
function quietUntil(subjects: readonly DeviceSubject[]): number {
  let least = never
  for (const subject of subjects) least = Math.min(least, subject.nextTickAt())
  return least
}

/** Return the first multiple of a unit that is not before a time; the time itself where it is infinite. */
function firstMultiple(unit: number, at: number): number {
  return Number.isFinite(at) ? Math.ceil(at / unit) * unit : at
}
