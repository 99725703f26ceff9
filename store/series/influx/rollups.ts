import type { Reading } from '../../../contract/reading.ts'
import { dayMs, hourMs } from '../../../lib/time.ts'
import { LateHours } from '../late-hours.ts'
import { floorTo } from '../series.ts'
import { aggregate } from './aggregate.ts'
import { measurements, rollupLine } from './lines.ts'
import { during, ofDevice, rowsOf } from './select.ts'
import type { InfluxServer } from './server.ts'

/** So long a device may be behind the newest reading before its hours are made anew for each of its readings. */
const graceMs = hourMs

/** So long a partition that writes nothing is waited for, by the clock: it is idle then, and not behind. */
const idleMs = 60_000

/** About so many values are read for one answer. */
const valuesPerAnswer = 50_000

interface Making {
  level: 'hours' | 'days'
  from: number
  to: number
  /** All when absent. */
  devices?: readonly string[]
  /** Which of the rows are written. */
  isWanted?: (device: string, ts: number) => boolean
}

/**
 * Makes hours from values, and days from hours. Hours are complete up to `upTo`, days up to the day of `upTo`: it moves
 * with the newest reading of the partition that is most behind, and what comes for a time before it makes its hours and
 * days anew. All of this reads what is stored, so that doing it again, after a crash, gives the same.
 */
export class InfluxRollups {
  readonly #server: InfluxServer
  readonly #now: () => number
  /** Of each partition its newest reading. */
  readonly #newest = new Map<number, number>()
  /** Of each partition when it last had something to write; ∞ while it has. */
  readonly #busyAt = new Map<number, number>()
  #upTo: number | undefined
  #closed: number

  constructor(server: InfluxServer, closed: number, now: () => number) {
    this.#server = server
    this.#now = now
    this.#closed = closed
  }

  get upTo(): number | undefined {
    return this.#upTo
  }

  get closed(): number {
    return this.#closed
  }

  /**
   * Takes over from whoever got so far. What was written and not made into hours any more is written again, for its
   * cursor had not moved.
   */
  resume(upTo: number): void {
    this.#upTo = Math.max(upTo, this.#upTo ?? upTo)
  }

  /** Waits for what this partition has to write, until it says that it is written, or is given up for now. */
  expect(partition: number): { over(): void } {
    this.#busyAt.set(partition, Number.POSITIVE_INFINITY)
    return { over: () => this.#busyAt.set(partition, this.#now()) }
  }

  /** Brings hours and days up to what has just been written. */
  async follow(readings: readonly Reading[], partition: number): Promise<void> {
    const [first] = readings
    if (first === undefined) return
    let [oldest, newest] = [first.ts, first.ts]
    for (const { ts } of readings) {
      oldest = Math.min(oldest, ts)
      newest = Math.max(newest, ts)
    }
    const upTo = this.#upTo ?? floorTo(hourMs, oldest)
    await this.#renew(new LateHours(readings, { from: this.#closed, to: upTo }), upTo)
    const reached = this.#reachedBy(partition, newest)
    await this.#advance(upTo, Math.max(upTo, floorTo(hourMs, reached - graceMs)))
  }

  /** How far all partitions are that have something to write. */
  #reachedBy(partition: number, newest: number): number {
    this.#newest.set(partition, Math.max(newest, this.#newest.get(partition) ?? newest))
    const since = this.#now() - idleMs
    const busy = [...this.#newest].filter(([one]) => (this.#busyAt.get(one) ?? since) > since)
    return Math.min(newest, ...busy.map(([, reached]) => reached))
  }

  /** Completes the time before `before`, after which its hours and days stay as they are. */
  async close(before: number, keep: () => Promise<void>): Promise<void> {
    if (this.#upTo !== undefined && this.#upTo < before) await this.#advance(this.#upTo, before)
    await keep()
    this.#closed = Math.max(this.#closed, before)
  }

  async #renew(late: LateHours, upTo: number): Promise<void> {
    for (const group of late.groups()) {
      await this.#make({ level: 'hours', ...group, isWanted: (device, ts) => late.hasHour(device, ts) })
    }
    for (const { devices, ...span } of late.groups()) {
      const from = floorTo(dayMs, span.from)
      const to = Math.min(floorTo(dayMs, span.to - 1) + dayMs, floorTo(dayMs, upTo))
      if (from >= to) continue
      const isWanted = (device: string, ts: number) => late.hasDay(device, ts)
      await this.#make({ level: 'days', devices, from, to, isWanted })
    }
  }

  async #advance(upTo: number, to: number): Promise<void> {
    const from = Math.max(upTo, this.#closed)
    if (from < to) {
      const spans = await this.#spansWithValues(from, to)
      for (const span of spans) await this.#make({ level: 'hours', ...span })
      const days = { from: floorTo(dayMs, from), to: floorTo(dayMs, to) }
      for (let day = days.from; day < days.to; day += dayMs) {
        if (day === days.from || spans.some((span) => span.from < day + dayMs && span.to > day))
          await this.#make({ level: 'days', from: day, to: day + dayMs })
      }
    }
    this.#upTo = Math.max(upTo, to)
  }

  /** The hours that have values, together as far as one answer goes. */
  async #spansWithValues(from: number, to: number): Promise<{ from: number; to: number }[]> {
    const statement = `SELECT count(value) FROM ${measurements.values}
      WHERE ${during({ from, to })} GROUP BY time(1h) fill(none)`
    const spans: { from: number; to: number }[] = []
    let held = Number.POSITIVE_INFINITY
    for (const { row } of rowsOf(await this.#server.query(statement, this.#server.longTimeoutMs))) {
      const { time = 0, count = 0 } = row
      const last = spans.at(-1)
      if (last !== undefined && last.to === time && held + count <= valuesPerAnswer) {
        last.to = time + hourMs
        held += count
      } else {
        spans.push({ from: time, to: time + hourMs })
        held = count
      }
    }
    return spans
  }

  async #make({ level, from, to, devices, isWanted = () => true }: Making): Promise<void> {
    const statement = aggregate({
      level: level === 'hours' ? 'values' : 'hours',
      from,
      to,
      width: level === 'hours' ? hourMs : dayMs,
      where: devices === undefined ? [] : [`(${devices.map(ofDevice).join(' OR ')})`],
      by: ['device', 'metric'],
    })
    const lines: string[] = []
    for (const { device, metric, row } of rowsOf(
      await this.#server.query(statement, this.#server.longTimeoutMs),
    )) {
      const { time: ts = 0, min = 0, max = 0, sum = 0, count = 0 } = row
      if (isWanted(device, ts)) lines.push(rollupLine(level, { device, metric, ts, min, max, sum, count }))
    }
    await this.#server.write(lines)
  }
}
