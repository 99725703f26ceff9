import type { Point } from '../../../rules/detectors/bucketed-series.ts'
import type { Row } from '../csv.ts'

/** Return the points of rows, oldest first; rows without a time or a value are left out. */
export function pointsFromRows(
  rows: readonly Row[],
  read: (row: Row) => readonly [ts: number | undefined, value: number | undefined],
): Point[] {
  const points = rows.flatMap((row): Point[] => {
    const [ts, value] = read(row)
    return ts === undefined || value === undefined ? [] : [[ts, value]]
  })
  return points.sort((a, b) => a[0] - b[0])
}
