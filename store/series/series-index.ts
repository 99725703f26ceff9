import type { Reading } from '../../contract/reading.ts'
import { EventLoopTurn } from '../../lib/event-loop-turn.ts'

/** One metric of one device, its number in the tables, and its newest value. */
export interface Series {
  id: number
  device: string
  metric: string
  /** Time of the newest stored value; −∞ when there is none. */
  ts: number
  value: number
  /** Whether the series is in the tables. */
  stored: boolean
}

/** A value to be written to the tables. */
export interface ValueRow {
  series: Series
  ts: number
  value: number
}

export interface WritePlan {
  /** Each (series, ts) once. */
  rows: ValueRow[]
  /** Rows that are not newer than the newest stored value of their series: they may replace a value. */
  lateRows: ValueRow[]
  /** Series that are not in the tables yet. */
  newSeries: Set<Series>
}

/** All series in memory, so that a value newer than the newest of its series is recognised as new without a query. */
export class SeriesIndex {
  readonly #byId = new Map<number, Series>()
  readonly #byDevice = new Map<string, Map<string, Series>>()
  #nextId = 0

  /** Add a series read from the tables. */
  load(series: Series): void {
    const metrics = this.#byDevice.get(series.device) ?? new Map<string, Series>()
    this.#byDevice.set(series.device, metrics.set(series.metric, series))
    this.#byId.set(series.id, series)
    this.#nextId = Math.max(this.#nextId, series.id + 1)
  }

  byId(id: number): Series | undefined {
    return this.#byId.get(id)
  }

  all(): IterableIterator<Series> {
    return this.#byId.values()
  }

  find(device: string, metric: string): Series | undefined {
    return this.#byDevice.get(device)?.get(metric)
  }

  seriesOfDevice(device: string): Series[] {
    return [...(this.#byDevice.get(device)?.values() ?? [])]
  }

  /** Plan to write readings, one write at a time. Many of them take several turns of the event loop. */
  async planWrite(readings: readonly Reading[]): Promise<WritePlan> {
    const rows: ValueRow[] = []
    const newest = new Map<Series, number>()
    const turn = new EventLoopTurn()
    let repeats = false
    for (const { device, ts, values } of readings) {
      if (turn.isOver) await turn.next()
      for (const [metric, value] of Object.entries(values)) {
        const series = this.find(device, metric) ?? this.#add(device, metric)
        rows.push({ series, ts, value })
        if (ts > (newest.get(series) ?? Number.NEGATIVE_INFINITY)) newest.set(series, ts)
        else repeats = true
      }
    }
    const unique = repeats ? lastRowPerTimestamp(rows) : rows
    return {
      rows: unique,
      lateRows: unique.filter(({ series, ts }) => ts <= series.ts),
      newSeries: new Set([...newest.keys()].filter((series) => !series.stored)),
    }
  }

  /** Record that the rows were written to the tables. */
  markWritten(rows: readonly ValueRow[]): void {
    for (const { series, ts, value } of rows) {
      series.stored = true
      if (ts < series.ts) continue
      series.ts = ts
      series.value = value
    }
  }

  invalidateBefore(before: number): void {
    for (const series of this.#byId.values()) {
      if (series.ts < before) series.ts = Number.NEGATIVE_INFINITY
    }
  }

  #add(device: string, metric: string): Series {
    const series: Series = {
      id: this.#nextId,
      device,
      metric,
      ts: Number.NEGATIVE_INFINITY,
      value: Number.NaN,
      stored: false,
    }
    this.load(series)
    return series
  }
}

function lastRowPerTimestamp(rows: readonly ValueRow[]): ValueRow[] {
  return [...new Map(rows.map((row) => [`${row.series.id}:${row.ts}`, row])).values()]
}
