import { bucketGrid, type SeriesPoint, type SeriesQuery } from '../series.ts'

/**
 * Return the expected result of `query` from values by time: the non-empty buckets (plain reference implementation).
 */
export function downsampleReference(values: ReadonlyMap<number, number>, query: SeriesQuery): SeriesPoint[] {
  const { from, to, widthMs } = bucketGrid(query)
  const buckets = new Map<number, number[]>()
  for (const [ts, value] of values) {
    if (ts < from || ts >= to) continue
    const begin = from + Math.floor((ts - from) / widthMs) * widthMs
    buckets.set(begin, [...(buckets.get(begin) ?? []), value])
  }
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([ts, all]) => ({
      ts,
      min: Math.min(...all),
      mean: all.reduce((sum, value) => sum + value, 0) / all.length,
      max: Math.max(...all),
      count: all.length,
    }))
}
