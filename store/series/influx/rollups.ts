import type { Reading } from '../../../contract/reading.ts'
import { dayMs, hourMs } from '../../../lib/time.ts'
import { LateHourIndex } from '../late-hour-index.ts'
import { floorToUnit } from '../series.ts'
import { aggregateStatement } from './aggregate.ts'
import type { InfluxClient } from './client.ts'
import { decodeRows, deviceCondition, timeCondition } from './influxql.ts'
import { measurements, rollupLine } from './line-protocol.ts'

/** How far a device may be behind the newest reading before its hours are computed again for each of its readings. */
const allowedLatenessMs = hourMs

/**
 * How long a partition that writes nothing is waited for, by the clock: after that it counts as idle, not as behind.
 */
const idlePartitionTimeoutMs = 60_000

/** Approximate number of values read for one response. */
const valuesPerQuery = 50_000

interface RollupRequest {
  resolution: 'hours' | 'days'
  from: number
  to: number
  /** Devices to read; all when absent. */
  devices?: readonly string[]
  /** Filter of the rows to write. */
  filter?: (device: string, ts: number) => boolean
}

/**
 * Computes hours from values, and days from hours. Hours are complete up to `upTo`, days up to the day of `upTo`: it
 * moves with the newest reading of the partition that is most behind; a reading before it causes its hours and days to
 * be computed again. All of this reads stored values, so that repeating it after a crash gives the same result.
 */
export class InfluxRollups {
  readonly #server: InfluxClient
  readonly #now: () => number
  /** Newest reading of each partition. */
  readonly #newestByPartition = new Map<number, number>()
  /** When each partition last had something to write; ∞ while it has. */
  readonly #lastBusyAt = new Map<number, number>()
  #watermark: number | undefined
  #finalizedBefore: number

  constructor(server: InfluxClient, finalizedBefore: number, now: () => number) {
    this.#server = server
    this.#now = now
    this.#finalizedBefore = finalizedBefore
  }

  get watermark(): number | undefined {
    return this.#watermark
  }

  get closed(): number {
    return this.#finalizedBefore
  }

  /**
   * Resume from stored progress, ms. Values that were written but not rolled up into hours are written again, because
   * their cursor had not moved.
   */
  resumeFrom(upTo: number): void {
    this.#watermark = Math.max(upTo, this.#watermark ?? upTo)
  }

  /** Compute what comes after this time, ms, again. */
  goBackTo(upTo: number): void {
    this.#watermark = Math.min(upTo, this.#watermark ?? upTo)
  }

  /**
   * Mark this partition as busy, so that rollups wait for it, until `over` is called: written, or abandoned for now.
   */
  beginWrite(partition: number): { over(): void } {
    this.#lastBusyAt.set(partition, Number.POSITIVE_INFINITY)
    return { over: () => this.#lastBusyAt.set(partition, this.#now()) }
  }

  /** Update hours and days with the values just written. */
  async updateRollups(readings: readonly Reading[], partition: number): Promise<void> {
    const [first] = readings
    if (first === undefined) return
    let [oldest, newest] = [first.ts, first.ts]
    for (const { ts } of readings) {
      oldest = Math.min(oldest, ts)
      newest = Math.max(newest, ts)
    }
    const upTo = this.#watermark ?? floorToUnit(hourMs, oldest)
    await this.#recomputeLate(new LateHourIndex(readings, { from: this.#finalizedBefore, to: upTo }), upTo)
    const reached = this.#slowestBusyPartition(partition, newest)
    await this.#advanceWatermark(upTo, Math.max(upTo, floorToUnit(hourMs, reached - allowedLatenessMs)))
  }

  /** Return the time that all partitions with something to write have reached. */
  #slowestBusyPartition(partition: number, newest: number): number {
    this.#newestByPartition.set(partition, Math.max(newest, this.#newestByPartition.get(partition) ?? newest))
    const since = this.#now() - idlePartitionTimeoutMs
    const busy = [...this.#newestByPartition].filter(([one]) => (this.#lastBusyAt.get(one) ?? since) > since)
    return Math.min(newest, ...busy.map(([, reached]) => reached))
  }

  /** Complete the time before `before`; its hours and days no longer change afterwards. */
  async finalizeBefore(before: number, keep: () => Promise<void>): Promise<void> {
    if (this.#watermark !== undefined && this.#watermark < before)
      await this.#advanceWatermark(this.#watermark, before)
    await keep()
    this.#finalizedBefore = Math.max(this.#finalizedBefore, before)
  }

  async #recomputeLate(late: LateHourIndex, upTo: number): Promise<void> {
    for (const group of late.batches()) {
      await this.#computeRollups({
        resolution: 'hours',
        ...group,
        filter: (device, ts) => late.hasHour(device, ts),
      })
    }
    for (const { devices, ...span } of late.batches()) {
      const from = floorToUnit(dayMs, span.from)
      const to = Math.min(floorToUnit(dayMs, span.to - 1) + dayMs, floorToUnit(dayMs, upTo))
      if (from >= to) continue
      const isWanted = (device: string, ts: number) => late.hasDay(device, ts)
      await this.#computeRollups({ resolution: 'days', devices, from, to, filter: isWanted })
    }
  }

  async #advanceWatermark(upTo: number, to: number): Promise<void> {
    const from = Math.max(upTo, this.#finalizedBefore)
    if (from < to) {
      const spans = await this.#rangesWithValues(from, to)
      for (const span of spans) await this.#computeRollups({ resolution: 'hours', ...span })
      const days = { from: floorToUnit(dayMs, from), to: floorToUnit(dayMs, to) }
      for (let day = days.from; day < days.to; day += dayMs) {
        if (day === days.from || spans.some((span) => span.from < day + dayMs && span.to > day))
          await this.#computeRollups({ resolution: 'days', from: day, to: day + dayMs })
      }
    }
    this.#watermark = Math.max(upTo, to)
  }

  /** Return the hours that have values, grouped into batches for one response each. */
  async #rangesWithValues(from: number, to: number): Promise<{ from: number; to: number }[]> {
    const statement = `SELECT count(value) FROM ${measurements.values}
      WHERE ${timeCondition({ from, to })} GROUP BY time(1h) fill(none)`
    const spans: { from: number; to: number }[] = []
    let held = Number.POSITIVE_INFINITY
    for (const { row } of decodeRows(await this.#server.query(statement, this.#server.longTimeoutMs))) {
      const { time = 0, count = 0 } = row
      const last = spans.at(-1)
      if (last !== undefined && last.to === time && held + count <= valuesPerQuery) {
        last.to = time + hourMs
        held += count
      } else {
        spans.push({ from: time, to: time + hourMs })
        held = count
      }
    }
    return spans
  }

  async #computeRollups({
    resolution,
    from,
    to,
    devices,
    filter = () => true,
  }: RollupRequest): Promise<void> {
    const statement = aggregateStatement({
      resolution: resolution === 'hours' ? 'values' : 'hours',
      from,
      to,
      widthMs: resolution === 'hours' ? hourMs : dayMs,
      conditions: devices === undefined ? [] : [`(${devices.map(deviceCondition).join(' OR ')})`],
      groupByTags: ['device', 'metric'],
    })
    const lines: string[] = []
    for (const { device, metric, row } of decodeRows(
      await this.#server.query(statement, this.#server.longTimeoutMs),
    )) {
      const { time: ts = 0, min = 0, max = 0, sum = 0, count = 0 } = row
      if (filter(device, ts)) lines.push(rollupLine(resolution, { device, metric, ts, min, max, sum, count }))
    }
    await this.#server.write(lines)
  }
}
