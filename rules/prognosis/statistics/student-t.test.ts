import { expect, it } from 'vitest'
import { studentQuantile } from './student-t.ts'

it.each([
  [1, 0.9, 3.0777],
  [2, 0.9, 1.8856],
  [3, 0.9, 1.6377],
  [4, 0.9, 1.5332],
  [10, 0.9, 1.3722],
  [30, 0.9, 1.3104],
  [5, 0.975, 2.5706],
  [3, 0.995, 5.8409],
  [1_000, 0.9, 1.2824],
])('the quantile of t with %d degrees of freedom at %d is that of the tables', (degrees, p, t) => {
  expect(studentQuantile(p, degrees)).toBeCloseTo(t, 3)
  expect(studentQuantile(1 - p, degrees)).toBeCloseTo(-t, 3)
})

it('is 0 in the middle, and narrows with each degree of freedom, whole or not', () => {
  expect(studentQuantile(0.5, 4)).toBe(0)
  const widths = [2.5, 3, 3.7, 5.2, 8, 60].map((degrees) => studentQuantile(0.9, degrees))
  expect(widths).toEqual(widths.toSorted((a, b) => b - a))
})
