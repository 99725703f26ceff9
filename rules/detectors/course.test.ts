import { describe, expect, it } from 'vitest'
import { addToCourse, type Course, emptyCourse, pointsOfCourse } from './course.ts'
import type { Point } from './history.ts'

const size = { spanMs: 10, points: 4, older: 5 }

const courseOf = (...samples: Point[]): Course =>
  samples.reduce((course, sample) => addToCourse(course, sample, size), emptyCourse)

const line = (count: number): Point[] => Array.from({ length: count }, (_, i) => [i * 10, i])

describe('a course of bounded size', () => {
  it('goes back to the first day, and keeps the recent past as it was', () => {
    const points = pointsOfCourse(courseOf(...line(200)))
    expect(points.length).toBeLessThanOrEqual(size.older + size.points + 1)
    expect(points[0]?.[0]).toBeLessThan(400)
    expect(points.slice(-5).map(([, value]) => value)).toEqual([195, 196, 197, 198, 199])
    for (const [ts, value] of points) expect(value).toBeCloseTo(ts / 10)
  })

  it('is the same object when a sample comes again, or too late', () => {
    const course = courseOf(...line(50))
    expect(addToCourse(course, [490, 49], size)).toBe(course)
    expect(addToCourse(course, [100, 0], size)).toBe(course)
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
