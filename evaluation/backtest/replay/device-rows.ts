import type { Reading } from '../../../contract/reading.ts'
import type { SeriesColumn } from '../../../store/series/columns.ts'

/** Readings of one device in a slice of time, oldest first: one row each, with the columns of its metrics. */
export class DeviceRows {
  readonly times: Float64Array
  readonly #device: string
  readonly #metrics: readonly string[]
  /** By metric; NaN where it was not measured. */
  readonly #columns: readonly Float64Array[]
  /** An object of the shape of all values; undefined where some rows have not all metrics. */
  readonly #shape: Record<string, number> | undefined

  /** @param columns of one device; several of one metric are those from before and after a renaming */
  constructor(device: string, columns: readonly SeriesColumn[]) {
    this.#device = device
    this.#metrics = [...new Set(columns.map(({ metric }) => metric))]
    this.times = timesOf(columns)
    const isComplete =
      this.#metrics.length === columns.length &&
      columns.every(({ times }) => times.length === this.times.length)
    this.#columns = isComplete
      ? columns.map(({ values }) => values)
      : this.#metrics.map((metric) => align(columns, metric, this.times))
    this.#shape = isComplete ? Object.fromEntries(this.#metrics.map((metric) => [metric, 0])) : undefined
  }

  /** Return a row as a reading, a new object. */
  readingAt(row: number): Reading {
    return { device: this.#device, ts: this.times[row] ?? Number.NaN, values: this.#valuesAt(row) }
  }

  #valuesAt(row: number): Record<string, number> {
    // Objects of one shape: the rules read them several times faster than those that grew by one metric after another.
    const values: Record<string, number> = this.#shape === undefined ? {} : { ...this.#shape }
    for (let index = 0; index < this.#metrics.length; index++) {
      const value = this.#columns[index]?.[row] ?? Number.NaN
      if (!Number.isNaN(value)) values[this.#metrics[index] ?? ''] = value
    }
    return values
  }
}

/** Return the times at which any of the columns has a value. */
function timesOf(columns: readonly SeriesColumn[]): Float64Array {
  const [first, ...others] = columns
  if (first === undefined) return new Float64Array()
  if (others.every(({ times }) => isEqual(times, first.times))) return first.times
  const all = new Float64Array(columns.reduce((sum, { times }) => sum + times.length, 0))
  let count = 0
  for (const { times } of columns) {
    all.set(times, count)
    count += times.length
  }
  all.sort()
  return all.filter((time, index) => index === 0 || time !== all[index - 1])
}

function isEqual(some: Float64Array, other: Float64Array): boolean {
  if (some.length !== other.length) return false
  for (let index = 0; index < some.length; index++) if (some[index] !== other[index]) return false
  return true
}

/** Return the values of a metric at these times; NaN where it has none. */
function align(columns: readonly SeriesColumn[], metric: string, at: Float64Array): Float64Array {
  const aligned = new Float64Array(at.length).fill(Number.NaN)
  for (const { metric: other, times, values } of columns) {
    if (other !== metric) continue
    let row = 0
    for (let index = 0; index < times.length; index++) {
      while ((at[row] ?? Number.POSITIVE_INFINITY) < (times[index] ?? 0)) row++
      aligned[row] = values[index] ?? Number.NaN
    }
  }
  return aligned
}
