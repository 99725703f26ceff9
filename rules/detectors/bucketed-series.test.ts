import { describe, expect, it } from 'vitest'
import {
  addToBucketedSeries,
  type BucketedSeries,
  bucketedPoints,
  createBucketedSeries,
  median,
  type Point,
} from './bucketed-series.ts'

const size = { bucketMs: 10, maxPoints: 4 }

function historyOf(...samples: Point[]): BucketedSeries {
  const history = createBucketedSeries()
  for (const [ts, value] of samples) addToBucketedSeries(history, ts, value, size)
  return history
}

describe('a bucketed series', () => {
  it('keeps the median of each bucket', () => {
    const history = historyOf([1, 5], [2, 100], [3, 6], [11, 7])
    expect(bucketedPoints(history)).toEqual([
      [2, 6],
      [11, 7],
    ])
  })

  it('keeps a bounded number of points, and of samples in a bucket', () => {
    const long = historyOf(...Array.from({ length: 100 }, (_, i): Point => [i * 10, i]))
    expect(bucketedPoints(long).map(([, value]) => value)).toEqual([95, 96, 97, 98, 99])
    const dense = historyOf(...Array.from({ length: 100 }, (_, i): Point => [i / 100, i]))
    expect(dense.openBucket).toHaveLength(2 * 9)
  })

  it('tells what a sample changed', () => {
    const history = historyOf([1, 5], [2, 6])
    expect(addToBucketedSeries(history, 1, 5, size)).toBe('nothing')
    expect(history).toEqual(historyOf([1, 5], [2, 6]))
    expect(addToBucketedSeries(history, 3, 5, size)).toBe('open bucket')
    expect(addToBucketedSeries(history, 13, 5, size)).toBe('closed buckets')
  })

  it('adds late samples to buckets that had none', () => {
    const history = historyOf([1, 1], [41, 4], [21, 2], [22, 99], [21, 2])
    expect(bucketedPoints(history)).toEqual([
      [1, 1],
      [21, 2],
      [41, 4],
    ])
  })

  it('is the same for any order within the newest bucket', () => {
    expect(historyOf([3, 3], [1, 1], [2, 2])).toEqual(historyOf([1, 1], [2, 2], [3, 3]))
  })
})

describe('median', () => {
  it('is the middle value, or the mean of the middle two', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([10, 2, 1, 3])).toBe(2.5)
  })
})
