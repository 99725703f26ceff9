import type { Reading } from '../../../contract/reading.ts'
import { hourMs } from '../../../lib/time.ts'
import { floorTo } from '../series.ts'
import { measurements } from './lines.ts'
import { during, ever, rowsOf } from './select.ts'
import type { InfluxServer } from './server.ts'

/** So often everything is counted anew, in case others write too. */
const recountMs = 600_000

interface Span {
  from: number
  to: number
}

/** How many values are kept, without counting all each time: only hours that were written to are counted again. */
export class ValueCount {
  readonly #server: InfluxServer
  readonly #now: () => number
  readonly #byHour = new Map<number, number>()
  #stale = new Set<number>()
  #countedAt = Number.NEGATIVE_INFINITY
  #counting: Promise<unknown> = Promise.resolve()

  constructor(server: InfluxServer, now: () => number) {
    this.#server = server
    this.#now = now
  }

  wrote(readings: readonly Reading[]): void {
    for (const { ts } of readings) this.#stale.add(floorTo(hourMs, ts))
  }

  /** Counts all anew the next time. */
  forget(): void {
    this.#countedAt = Number.NEGATIVE_INFINITY
  }

  total(): Promise<number> {
    const counted = this.#counting.catch(() => undefined).then(() => this.#count())
    this.#counting = counted
    return counted
  }

  async #count(): Promise<number> {
    const now = this.#now()
    const stale = this.#stale
    this.#stale = new Set()
    try {
      if (now - this.#countedAt > recountMs) {
        await this.#countIn(ever)
        this.#countedAt = now
      } else {
        for (const span of spansOf(stale)) await this.#countIn(span)
      }
    } catch (error) {
      for (const hour of stale) this.#stale.add(hour)
      throw error
    }
    let total = 0
    for (const count of this.#byHour.values()) total += count
    return total
  }

  async #countIn(span: Span): Promise<void> {
    const statement = `SELECT count(value) FROM ${measurements.values}
      WHERE ${during(span)} GROUP BY time(1h) fill(none)`
    const tables = await this.#server.query(statement, this.#server.longTimeoutMs)
    if (span === ever) this.#byHour.clear()
    for (const { row } of rowsOf(tables)) this.#byHour.set(row.time ?? 0, row.count ?? 0)
  }
}

/** Hours that follow each other together; of very many, all that is between them too. */
function spansOf(hours: ReadonlySet<number>): Span[] {
  const spans: Span[] = []
  for (const hour of [...hours].sort((a, b) => a - b)) {
    const last = spans.at(-1)
    if (last !== undefined && (last.to === hour || spans.length >= 20)) last.to = hour + hourMs
    else spans.push({ from: hour, to: hour + hourMs })
  }
  return spans
}
