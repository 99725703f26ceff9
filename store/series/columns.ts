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

class ColumnBuilder {
  readonly times: number[] = []
  readonly values: number[] = []

  add(ts: number, value: number): void {
    this.times.push(ts)
    this.values.push(value)
  }
}

/** Columns of some devices while they are filled in the order of time. */
class SliceBuilder {
  readonly #byDevice = new Map<string, Map<string, ColumnBuilder>>()
  readonly #isWanted: (metric: string) => boolean
  /** Number of values. */
  size = 0

  constructor(metrics: readonly string[] | undefined) {
    const wanted = metrics && new Set(metrics)
    this.#isWanted = (metric) => wanted?.has(metric) ?? true
  }

  add({ device, ts, values }: Reading): void {
    for (const metric in values) {
      const value = values[metric]
      if (value === undefined || !this.#isWanted(metric)) continue
      this.#columnOf(device, metric).add(ts, value)
      this.size += 1
    }
  }

  /** Return what was added as a slice, and begin the next one. */
  take(to: number): ColumnSlice {
    const columns: SeriesColumn[] = []
    for (const [device, metrics] of this.#byDevice) {
      for (const [metric, { times, values }] of metrics)
        columns.push({ device, metric, times: Float64Array.from(times), values: Float64Array.from(values) })
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
  const slice = new SliceBuilder(metrics)
  let newestAt = Number.NEGATIVE_INFINITY
  for await (const batch of batches) {
    for (const reading of batch) {
      if (reading.ts > newestAt && slice.size >= valuesPerSlice) yield slice.take(reading.ts)
      newestAt = reading.ts
      slice.add(reading)
    }
  }
  if (slice.size > 0) yield slice.take(to)
}
