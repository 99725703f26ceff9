import type { Reading } from '../../contract/reading.ts'

/** The values of one metric of one device in some time, oldest first. */
export interface SeriesColumn {
  device: string
  metric: string
  /** Event times, ms. */
  times: Float64Array
  values: Float64Array
}

/** All values of a slice of time. */
export interface ColumnSlice {
  /** End of the slice, excluded, ms: what comes later is at this time or after it. */
  to: number
  /** In any order; each (device, metric) at most once, and only where it has values. */
  columns: SeriesColumn[]
}

/** Which columns to read. */
export interface ColumnScan {
  /** ms; `from` inclusive, `to` exclusive. */
  from: number
  to: number
  /** Devices to read; all when absent. */
  devices?: readonly string[]
  /** Metrics to read, of all devices; all when absent. */
  metrics?: readonly string[]
}

/** Bring values in order of time, by merging the ascending runs that they consist of: there are few. */
export function sortByTime(points: Points): Points {
  return mergeRuns(points, runsOf(points.times))
}

/** Return where each ascending run begins, and the end. */
function runsOf(times: Float64Array): number[] {
  const bounds = [0]
  for (let i = 1; i < times.length; i++) if ((times[i] ?? 0) < (times[i - 1] ?? 0)) bounds.push(i)
  bounds.push(times.length)
  return bounds
}

type Points = Pick<SeriesColumn, 'times' | 'values'>

/** Sort by merging the ascending runs, two by two. */
function mergeRuns(points: Points, bounds: readonly number[]): Points {
  if (bounds.length <= 2) return points
  const { length } = points.times
  const merged: Points = { times: new Float64Array(length), values: new Float64Array(length) }
  const remaining = [0]
  for (let run = 0; run < bounds.length - 1; run += 2) {
    const [begin = 0, middle = length, end = length] = bounds.slice(run, run + 3)
    mergeTwo(points, merged, { begin, middle, end })
    remaining.push(end)
  }
  return mergeRuns(merged, remaining)
}

function mergeTwo(
  from: Points,
  to: Points,
  { begin, middle, end }: { begin: number; middle: number; end: number },
): void {
  let [left, right] = [begin, middle]
  for (let at = begin; at < end; at++) {
    const takesLeft = right >= end || (left < middle && (from.times[left] ?? 0) <= (from.times[right] ?? 0))
    const next = takesLeft ? left++ : right++
    to.times[at] = from.times[next] ?? 0
    to.values[at] = from.values[next] ?? 0
  }
}

class ColumnBuilder {
  readonly times: number[] = []
  readonly values: number[] = []

  add(ts: number, value: number): void {
    this.times.push(ts)
    this.values.push(value)
  }
}

/** Fills the columns of a slice. */
export class SliceBuilder {
  readonly #byDevice = new Map<string, Map<string, ColumnBuilder>>()
  /** Number of values. */
  size = 0

  add(device: string, metric: string, ts: number, value: number): void {
    this.#columnOf(device, metric).add(ts, value)
    this.size += 1
  }

  /** @param wanted metrics to add; all when absent */
  addReading({ device, ts, values }: Reading, wanted: ReadonlySet<string> | undefined): void {
    for (const metric in values) {
      const value = values[metric]
      if (value !== undefined && (wanted?.has(metric) ?? true)) this.add(device, metric, ts, value)
    }
  }

  /** Return what was added as a slice, and begin the next one. */
  take(to: number): ColumnSlice {
    const columns: SeriesColumn[] = []
    for (const [device, metrics] of this.#byDevice) {
      for (const [metric, { times, values }] of metrics)
        columns.push({
          device,
          metric,
          ...sortByTime({ times: Float64Array.from(times), values: Float64Array.from(values) }),
        })
    }
    this.#byDevice.clear()
    this.size = 0
    return { to, columns }
  }

  #columnOf(device: string, metric: string): ColumnBuilder {
    const metrics = this.#byDevice.get(device) ?? new Map<string, ColumnBuilder>()
    const column = metrics.get(metric) ?? new ColumnBuilder()
    if (column.times.length === 0) this.#byDevice.set(device, metrics.set(metric, column))
    return column
  }
}

/**
 * Turn readings in the order of time into slices of columns, for a store that has no columns to read.
 * @param valuesPerSlice number of values from which on a slice ends; readings of one time are never divided
 */
export async function* columnsOfReadings(
  batches: AsyncIterable<readonly Reading[]>,
  { to, metrics }: Pick<ColumnScan, 'to' | 'metrics'>,
  valuesPerSlice = 200_000,
): AsyncIterable<ColumnSlice> {
  const slice = new SliceBuilder()
  const wanted = metrics && new Set(metrics)
  let newestAt = Number.NEGATIVE_INFINITY
  for await (const batch of batches) {
    for (const reading of batch) {
      if (reading.ts > newestAt && slice.size >= valuesPerSlice) yield slice.take(reading.ts)
      newestAt = reading.ts
      slice.addReading(reading, wanted)
    }
  }
  if (slice.size > 0) yield slice.take(to)
}
