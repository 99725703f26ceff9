import type { SeriesPoint, SeriesResolution } from '../series.ts'
import { type NumberRow, timeCondition } from './influxql.ts'
import { measurements } from './line-protocol.ts'

/** Fields read from each level to compute min, max, sum and count of a bucket. */
const aggregateFields: Record<SeriesResolution, string> = {
  values: 'min(value) AS min, max(value) AS max, sum(value) AS sum, count(value) AS count',
  hours: 'min("min") AS min, max("max") AS max, sum("sum") AS sum, sum("count") AS count',
  days: 'min("min") AS min, max("max") AS max, sum("sum") AS sum, sum("count") AS count',
}

export interface Aggregation {
  resolution: SeriesResolution
  from: number
  to: number
  widthMs: number
  /** Offset of the bucket boundaries; 0 when absent. */
  offsetMs?: number
  /** Additional conditions. */
  conditions?: readonly string[]
  /** Additional tags to group by. */
  groupByTags?: readonly string[]
}

/** Return the statement that selects min, max, sum and count of each non-empty bucket. */
export function aggregateStatement({
  resolution,
  from,
  to,
  widthMs,
  offsetMs = 0,
  conditions = [],
  groupByTags = [],
}: Aggregation): string {
  const time = `time(${widthMs}ms, ${((offsetMs % widthMs) + widthMs) % widthMs}ms)`
  return `SELECT ${aggregateFields[resolution]} FROM ${measurements[resolution]}
    WHERE ${[timeCondition({ from, to }), ...conditions].join(' AND ')}
    GROUP BY ${[time, ...groupByTags].join(', ')} fill(none)`
}

/** Merge buckets with the same start. */
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
