import { hourMs, minuteMs } from '../../lib/time.ts'

/** Why the clock of this machine is not believed. */
export interface ClockDoubt {
  is: 'before_release' | 'behind_journal'
  /** Text for operators, with the times. */
  detail: string
}

export interface ServerClockOptions {
  /** ms since 1970 UTC. */
  now(): number
  /** ms, by a monotonic clock. */
  monotonicNow(): number
  /** When the program was released, ms since 1970 UTC. */
  releasedAt: number
  /** How far the clock of a device may be ahead, ms. */
  maxClockAheadMs: number
}

interface DeviceTime {
  /** Newest time in a message, ms since 1970 UTC, by the clock of the device. */
  ts: number
  /** When the message arrived, by the monotonic clock. */
  arrivedAt: number
}

/** Older messages say nothing about the clock as it is now. */
const recentMs = 10 * minuteMs
/** Devices that are remembered, the last heard ones. */
const maxDevices = 100
/** While the clock is not in question, one message in this time is remembered. */
const sampleIntervalMs = 1_000
/** Difference between the clocks of device and server within which they confirm each other. */
const agreementMs = hourMs
/** How far the clock may be ahead of the newest reading and yet decide what is old enough to be deleted. */
const maxAheadOfReadingsMs = 24 * hourMs

/**
 * Checks the clock of this machine. Readings that are validated by a wrong clock would be rejected and lost, so nothing is
 * accepted while the clock is certainly wrong: before the release of the program, or behind the newest entry of the journal
 * while most devices contradict it. A journal alone proves nothing: an earlier clock may have been ahead.
 */
export class ServerClock {
  readonly #options: ServerClockOptions
  readonly #deviceTimes = new Map<string, DeviceTime>()
  /** Time of receipt of the newest entry that is believed, ms since 1970 UTC. */
  #newestEntryAt = Number.NEGATIVE_INFINITY
  /** Newest time of a stored reading, by the clock of its device, ms since 1970 UTC. */
  #newestReadingTs: number | undefined
  #sampledAt = Number.NEGATIVE_INFINITY

  constructor(options: ServerClockOptions) {
    this.#options = options
  }

  /** Take into account that the journal has an entry of this time, ms since 1970 UTC. */
  addEntry(receivedAt: number): void {
    this.#newestEntryAt = Math.max(this.#newestEntryAt, receivedAt)
  }

  /**
   * Take into account the last reading of a commit. Where device and server agree on its time, it is the newest entry,
   * whatever an earlier clock has left in the journal.
   */
  addReading(receivedAt: number, ts: number): void {
    if (Math.abs(receivedAt - ts) <= agreementMs) this.#newestEntryAt = receivedAt
    else this.addEntry(receivedAt)
    this.#newestReadingTs = Math.max(ts, this.#newestReadingTs ?? ts)
  }

  /** Whether the time of the next message is wanted, with `observe`. */
  get wantsTime(): boolean {
    return this.#isBehindJournal() || this.#options.monotonicNow() - this.#sampledAt >= sampleIntervalMs
  }

  /** Remember the time, ms since 1970 UTC, at which a device says that it is. */
  observe(device: string, ts: number): void {
    const arrivedAt = this.#options.monotonicNow()
    this.#sampledAt = arrivedAt
    this.#deviceTimes.delete(device)
    this.#deviceTimes.set(device, { ts, arrivedAt })
    const [oldest] = this.#deviceTimes.keys()
    if (this.#deviceTimes.size > maxDevices && oldest !== undefined) this.#deviceTimes.delete(oldest)
  }

  /** Return why nothing may be accepted now; undefined while the clock is believed. */
  doubt(): ClockDoubt | undefined {
    const { releasedAt, maxClockAheadMs } = this.#options
    const now = this.#options.now()
    if (now < releasedAt) {
      const detail = `${claim(now)}, which is before the release of this program (${iso(releasedAt)})`
      return { is: 'before_release', detail }
    }
    if (!this.#isBehindJournal()) return undefined
    const differences = this.#differences()
    const contradicting = differences.filter((aheadMs) => aheadMs > maxClockAheadMs)
    if (!isMajority(contradicting.length, differences.length)) return undefined
    const ahead = iso(now + Math.min(...contradicting))
    const detail = `${claim(now)}, but the journal has an entry of ${iso(this.#newestEntryAt)}, and by the clocks of devices it is at least ${ahead}`
    return { is: 'behind_journal', detail }
  }

  /**
   * Return the time by which to decide what is old enough to be deleted, ms since 1970 UTC: at most a day after the newest
   * reading. So a clock that is ahead deletes nothing too early; while no device reports, data are kept for longer.
   */
  retentionNow(): number {
    const now = this.#options.now()
    return this.#newestReadingTs === undefined
      ? now
      : Math.min(now, this.#newestReadingTs + maxAheadOfReadingsMs)
  }

  #isBehindJournal(): boolean {
    return this.#options.now() < this.#newestEntryAt
  }

  /** Return how far each recently heard device is ahead of this machine, ms. */
  #differences(): number[] {
    const { now, monotonicNow } = this.#options
    return [...this.#deviceTimes.values()]
      .map(({ ts, arrivedAt }) => ({ ts, ageMs: monotonicNow() - arrivedAt }))
      .filter(({ ageMs }) => ageMs <= recentMs)
      .map(({ ts, ageMs }) => ts + ageMs - now())
  }
}

function isMajority(part: number, all: number): boolean {
  return part > 0 && 2 * part > all
}

function claim(now: number): string {
  return `the clock of this machine says ${iso(now)}`
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
