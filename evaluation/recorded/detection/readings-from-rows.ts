import { numberCell, type Row } from '../csv.ts'
import type { RecordedDevice } from './monitored-part.ts'

/**
 * Return the readings of a table, oldest first, without rows that have no time or no value.
 * @param timeOf ms; undefined where the row has none
 * @param columns column by metric
 */
export function readingsFromRows(
  rows: readonly Row[],
  timeOf: (row: Row) => number | undefined,
  columns: ReadonlyMap<string, string>,
): RecordedDevice['readings'] {
  return rows
    .flatMap((row) => {
      const ts = timeOf(row)
      const values = [...columns].flatMap(([metric, column]) => {
        const value = numberCell(row, column)
        return value === undefined ? [] : [[metric, value] as const]
      })
      return ts === undefined || values.length === 0 ? [] : [{ ts, values: Object.fromEntries(values) }]
    })
    .sort((a, b) => a.ts - b.ts)
}
