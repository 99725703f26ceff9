import { describe, expect, it } from 'vitest'
import type { Point } from './bucketed-series.ts'
import {
  addToLifetimeSeries,
  createLifetimeSeries,
  type LifetimeSeries,
  lifetimePoints,
} from './lifetime-series.ts'

const size = { bucketMs: 10, maxPoints: 4, maxOlderPoints: 5 }

function courseOf(...samples: Point[]): LifetimeSeries {
  const course = createLifetimeSeries()
  for (const [ts, value] of samples) addToLifetimeSeries(course, ts, value, size)
  return course
}

const line = (count: number): Point[] => Array.from({ length: count }, (_, i) => [i * 10, i])

describe('a lifetime series', () => {
  it('goes back to the first day, and keeps the recent past unthinned', () => {
    const points = lifetimePoints(courseOf(...line(200)))
    expect(points.length).toBeLessThanOrEqual(size.maxOlderPoints + size.maxPoints + 1)
    expect(points[0]?.[0]).toBeLessThan(400)
    expect(points.slice(-5).map(([, value]) => value)).toEqual([195, 196, 197, 198, 199])
    for (const [ts, value] of points) expect(value).toBeCloseTo(ts / 10)
  })

  it('does not change with a repeated or late sample', () => {
    const course = courseOf(...line(50))
    expect(addToLifetimeSeries(course, 490, 49, size)).toBe('nothing')
    expect(addToLifetimeSeries(course, 100, 0, size)).toBe('nothing')
    expect(course).toEqual(courseOf(...line(50)))
  })

  it('is the same for any order within the recent past', () => {
    const inOrder: Point[] = [
      [0, 0],
      [10, 1],
      [20, 2],
      [21, 9],
    ]
    expect(courseOf([10, 1], [0, 0], [21, 9], [20, 2])).toEqual(courseOf(...inOrder))
  })
})
