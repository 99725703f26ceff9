/** A measured course: moments in seconds and values, in order. */
export type TimeSeries = readonly (readonly [at: number, value: number])[]

/** The line through a course that half of all pairs of points lie above. */
export interface Trend {
  /** Of the values. */
  median: number
  slope: number
  /** What the line rises by over the whole course. */
  growth: number
}

const maxPoints = 600

/**
 * The Theil–Sen estimator (Sen 1968, doi:10.1080/01621459.1968.10480934): the median of the slopes between all pairs.
 * Up to 29 % of the points may be anything, so that neither a garbage collection nor a compaction sways it.
 */
export function theilSenTrend(course: TimeSeries): Trend {
  const points = downsample(course)
  const slopes = points.flatMap(([at, value], index) =>
    points.slice(index + 1).map(([later, next]) => (next - value) / (later - at)),
  )
  const [first = 0, last = 0] = [course[0]?.[0], course.at(-1)?.[0]]
  const slope = slopes.length > 0 ? medianOf(slopes) : 0
  return { median: medianOf(course.map(([, value]) => value)), slope, growth: slope * (last - first) }
}

/** The least value of the last `spanSeconds` at each moment: of a heap, what outlives its garbage collections. */
export function rollingMinimum(course: TimeSeries, spanSeconds: number): TimeSeries {
  return course.map(([at], index) => {
    const lately = course.slice(0, index + 1).filter(([moment]) => moment > at - spanSeconds)
    return [at, Math.min(...lately.map(([, value]) => value))] as const
  })
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** All pairs of a long course would be too many: evenly chosen points say the same. */
function downsample(course: TimeSeries): TimeSeries {
  const step = Math.ceil(course.length / maxPoints)
  return step > 1 ? course.filter((_, index) => index % step === 0) : course
}
