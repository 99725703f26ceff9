import type { DuckDBMaterializedResult } from '@duckdb/node-api'
import { type ColumnScan, type ColumnSlice, type SeriesColumn, sortByTime } from '../columns.ts'
import type { Series, SeriesIndex } from '../series-index.ts'
import { createSelect, planSlices, type ScanContext } from './slices.ts'

/**
 * Read columns, slice by slice of time, each without sorting in DuckDB: there the values are adjacent by series and in order
 * of time already, except for the newest ones and those between two runs, which are brought together here. All slices read
 * the same snapshot of the tables.
 */
export async function* scanColumns(
  { connection, index, valuesPerSlice }: ScanContext,
  { from, to, devices, metrics }: ColumnScan,
): AsyncIterable<ColumnSlice> {
  const series = wantedSeries(index, devices, metrics)
  const select = createSelect(connection, series)
  await connection.run('BEGIN')
  const slices = await planSlices(select, { from, to }, valuesPerSlice)
  const read = (slice: (typeof slices)[number]) => select('series, ts::DOUBLE, value', '', slice)
  let reading: Promise<DuckDBMaterializedResult> | undefined
  try {
    for (const [i, slice] of slices.entries()) {
      const result = await (reading ?? read(slice))
      const rows = await collectRows(result)
      const next = slices[i + 1]
      reading = next && read(next)
      // An error of this slice is thrown when the slice is read.
      reading?.catch(() => undefined)
      yield { to: next?.from ?? to, columns: toColumns(rows, index) }
    }
  } finally {
    // The reader may have stopped early.
    connection.interrupt()
    await Promise.allSettled([reading])
  }
}

/** Return the ids of the series to read; undefined for all of them. */
function wantedSeries(
  index: SeriesIndex,
  devices: readonly string[] | undefined,
  metrics: readonly string[] | undefined,
): number[] | undefined {
  if (devices === undefined && metrics === undefined) return undefined
  const all = devices?.flatMap((device) => index.seriesOfDevice(device)) ?? [...index.all()]
  const wanted = metrics && new Set(metrics)
  return (wanted ? all.filter(({ metric }) => wanted.has(metric)) : all).map(({ id }) => id)
}

/** Values of a slice, in any order. */
interface Rows {
  count: number
  series: Int32Array
  times: Float64Array
  values: Float64Array
}

/** Copy the rows (series, ts, value) of a result. */
async function collectRows(result: DuckDBMaterializedResult): Promise<Rows> {
  const { rowCount } = result
  const rows: Rows = {
    count: 0,
    series: new Int32Array(rowCount),
    times: new Float64Array(rowCount),
    values: new Float64Array(rowCount),
  }
  for await (const chunk of result) {
    const [series, times, values] = [0, 1, 2].map((column) => chunk.getColumnVector(column))
    if (series === undefined || times === undefined || values === undefined) break
    const chunkRows = chunk.rowCount
    for (let row = 0; row < chunkRows; row++) {
      const at = rows.count + row
      rows.series[at] = series.getItem(row) as number
      rows.times[at] = times.getItem(row) as number
      rows.values[at] = values.getItem(row) as number
    }
    rows.count += chunkRows
  }
  return rows
}

/** Bring the values of each series together, in order of time. */
function toColumns(rows: Rows, index: SeriesIndex): SeriesColumn[] {
  const { counts, isGrouped } = countBySeries(rows)
  const { times, values } = isGrouped ? rows : groupBySeries(rows, counts)
  const columns: SeriesColumn[] = []
  let begin = 0
  for (const [id, count] of counts) {
    const end = begin + count
    const series = index.byId(id)
    if (series) columns.push(toColumn(series, times.subarray(begin, end), values.subarray(begin, end)))
    begin = end
  }
  return columns
}

function toColumn({ device, metric }: Series, times: Float64Array, values: Float64Array): SeriesColumn {
  return { device, metric, ...sortByTime({ times, values }) }
}

/** Count the values of each series, in order of first appearance. */
function countBySeries({ count, series }: Rows): { counts: Map<number, number>; isGrouped: boolean } {
  const counts = new Map<number, number>()
  let isGrouped = true
  for (let begin = 0; begin < count; ) {
    const id = series[begin] ?? 0
    let end = begin + 1
    while (end < count && series[end] === id) end++
    const before = counts.get(id)
    if (before !== undefined) isGrouped = false
    counts.set(id, (before ?? 0) + end - begin)
    begin = end
  }
  return { counts, isGrouped }
}

/** Move the values of each series next to each other, in the order of the counts. */
function groupBySeries(rows: Rows, counts: ReadonlyMap<number, number>): Pick<Rows, 'times' | 'values'> {
  const places = new Map<number, number>()
  let place = 0
  for (const [id, count] of counts) {
    places.set(id, place)
    place += count
  }
  const times = new Float64Array(rows.count)
  const values = new Float64Array(rows.count)
  for (let begin = 0; begin < rows.count; ) {
    const id = rows.series[begin] ?? 0
    let to = places.get(id) ?? 0
    let from = begin
    for (; from < rows.count && rows.series[from] === id; from++, to++) {
      times[to] = rows.times[from] ?? 0
      values[to] = rows.values[from] ?? 0
    }
    places.set(id, to)
    begin = from
  }
  return { times, values }
}
