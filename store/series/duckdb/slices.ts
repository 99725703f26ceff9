import {
  BIGINT,
  type DuckDBConnection,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
} from '@duckdb/node-api'
import { hourMs } from '../../../lib/time.ts'
import type { SeriesIndex } from '../series-index.ts'

/** The length of a slice is a multiple of this, ms. */
const sliceUnitMs = hourMs

export interface ScanContext {
  /** Connection used by this scan only. */
  connection: DuckDBConnection
  index: SeriesIndex
  /** Number of values read at once. Where they are sorted: DuckDB fails when a sort does not fit into its memory. */
  valuesPerSlice: number
}

export interface TimeRange {
  from: number
  to: number
}

/** Select from the stored values, hot and cold, of a range of time. */
export type SelectValues = (
  columns: string,
  rest: string,
  span: TimeRange,
) => Promise<DuckDBMaterializedResult>

/** @param series ids of the series to read; all when undefined */
export function createSelect(
  connection: DuckDBConnection,
  series: readonly number[] | undefined,
): SelectValues {
  const seriesCondition = series ? 'AND series IN (SELECT unnest($series))' : ''
  return (columns, rest, span) => {
    const values: Record<string, DuckDBValue> = { from: BigInt(span.from), to: BigInt(span.to) }
    const types: Record<string, DuckDBType> = { from: BIGINT, to: BIGINT }
    if (series) {
      values.series = listValue(series)
      types.series = LIST(INTEGER)
    }
    const sql = `SELECT ${columns} FROM kept WHERE ts >= $from AND ts < $to ${seriesCondition} ${rest}`
    return connection.run(sql, values, types)
  }
}

/** Split the span into slices that hold about as many values as are read at once. */
export async function planSlices(
  select: SelectValues,
  span: TimeRange,
  valuesPerSlice: number,
): Promise<TimeRange[]> {
  const result = await select(`ts // ${sliceUnitMs} AS slot, count(*)`, 'GROUP BY slot ORDER BY slot', span)
  const slices: TimeRange[] = []
  let sliceCount = Number.POSITIVE_INFINITY
  for (const row of await result.getRows()) {
    const [slot = 0, count = 0] = row.map(Number)
    const to = Math.min(span.to, (slot + 1) * sliceUnitMs)
    const last = slices.at(-1)
    if (last !== undefined && sliceCount + count <= valuesPerSlice) {
      last.to = to
      sliceCount += count
    } else {
      slices.push({ from: Math.max(span.from, slot * sliceUnitMs), to })
      sliceCount = count
    }
  }
  return slices
}
