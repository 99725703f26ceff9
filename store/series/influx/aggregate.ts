import type { SeriesLevel, SeriesPoint } from '../series.ts'
import { measurements } from './lines.ts'
import { during, type NumberRow } from './select.ts'

/** What is read from each level to put min, max, sum and count of a time together. */
const aggregates: Record<SeriesLevel, string> = {
  values: 'min(value) AS min, max(value) AS max, sum(value) AS sum, count(value) AS count',
  hours: 'min("min") AS min, max("max") AS max, sum("sum") AS sum, sum("count") AS count',
  days: 'min("min") AS min, max("max") AS max, sum("sum") AS sum, sum("count") AS count',
}

export interface Aggregation {
  level: SeriesLevel
  from: number
  to: number
  width: number
  /** Where a bucket begins; 0 when absent. */
  offset?: number
  /** Further conditions. */
  where?: readonly string[]
  /** Further tags to group by. */
  by?: readonly string[]
}

/** The statement that gives min, max, sum and count of each bucket that has any. */
export function aggregate({ level, from, to, width, offset = 0, where = [], by = [] }: Aggregation): string {
  const time = `time(${width}ms, ${((offset % width) + width) % width}ms)`
  return `SELECT ${aggregates[level]} FROM ${measurements[level]}
    WHERE ${[during({ from, to }), ...where].join(' AND ')}
    GROUP BY ${[time, ...by].join(', ')} fill(none)`
}

/** Puts buckets of the same begin together. */
export function mergePoints(rows: Iterable<NumberRow>): SeriesPoint[] {
  const points = new Map<number, { min: number; max: number; sum: number; count: number }>()
  for (const { time = 0, min = 0, max = 0, sum = 0, count = 0 } of rows) {
    const known = points.get(time)
    points.set(time, {
      min: Math.min(min, known?.min ?? min),
      max: Math.max(max, known?.max ?? max),
      sum: sum + (known?.sum ?? 0),
      count: count + (known?.count ?? 0),
    })
  }
  return [...points]
    .sort(([a], [b]) => a - b)
    .map(([ts, { min, max, sum, count }]) => ({ ts, min, mean: sum / count, max, count }))
}
