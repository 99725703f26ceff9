import type { Reading } from '../../../contract/reading.ts'
import { hourMs } from '../../../lib/time.ts'
import { floorToUnit } from '../series.ts'
import type { InfluxClient } from './client.ts'
import { allTime, decodeRows, timeCondition } from './influxql.ts'
import { measurements } from './line-protocol.ts'

/** Interval of full counts, in case other processes write too. */
const fullRecountIntervalMs = 600_000
/** Where other processes do write: at least so long, and no more than a hundredth of the time. */
const sharedRecountIntervalMs = 5_000
const recountsPerTime = 0.01

interface TimeRange {
  from: number
  to: number
}

/** Counts the stored values without counting all each time: only hours that were written to are counted again. */
export class ValueCounter {
  readonly #server: InfluxClient
  readonly #now: () => number
  readonly #byHour = new Map<number, number>()
  #staleHours = new Set<number>()
  readonly #isShared: boolean
  #countedAt = Number.NEGATIVE_INFINITY
  #countTookMs = 0
  #counting: Promise<unknown> = Promise.resolve()

  /** @param isShared whether other processes write, too */
  constructor(server: InfluxClient, now: () => number, isShared = false) {
    this.#server = server
    this.#now = now
    this.#isShared = isShared
  }

  invalidateHours(readings: readonly Reading[]): void {
    for (const { ts } of readings) this.#staleHours.add(floorToUnit(hourMs, ts))
  }

  /** Count all values again the next time. */
  invalidateAll(): void {
    this.#countedAt = Number.NEGATIVE_INFINITY
  }

  total(): Promise<number> {
    const counted = this.#counting.catch(() => undefined).then(() => this.#count())
    this.#counting = counted
    return counted
  }

  async #count(): Promise<number> {
    const now = this.#now()
    const stale = this.#staleHours
    this.#staleHours = new Set()
    try {
      if (now - this.#countedAt > this.#recountIntervalMs()) {
        await this.#countRange(allTime)
        this.#countedAt = now
        this.#countTookMs = this.#now() - now
      } else {
        for (const span of mergeHours(stale)) await this.#countRange(span)
      }
    } catch (error) {
      for (const hour of stale) this.#staleHours.add(hour)
      throw error
    }
    let total = 0
    for (const count of this.#byHour.values()) total += count
    return total
  }

  #recountIntervalMs(): number {
    if (!this.#isShared) return fullRecountIntervalMs
    return Math.max(sharedRecountIntervalMs, this.#countTookMs / recountsPerTime)
  }

  async #countRange(span: TimeRange): Promise<void> {
    const statement = `SELECT count(value) FROM ${measurements.values}
      WHERE ${timeCondition(span)} GROUP BY time(1h) fill(none)`
    const tables = await this.#server.query(statement, this.#server.longTimeoutMs)
    if (span === allTime) this.#byHour.clear()
    for (const { row } of decodeRows(tables)) this.#byHour.set(row.time ?? 0, row.count ?? 0)
  }
}

/** Merge adjacent hours into spans; if there are very many, include the gaps between them. */
function mergeHours(hours: ReadonlySet<number>): TimeRange[] {
  const spans: TimeRange[] = []
  for (const hour of [...hours].sort((a, b) => a - b)) {
    const last = spans.at(-1)
    if (last !== undefined && (last.to === hour || spans.length >= 20)) last.to = hour + hourMs
    else spans.push({ from: hour, to: hour + hourMs })
  }
  return spans
}
