import { expect, it } from 'vitest'
import { leastSquares, theilSen } from './line.ts'

it('least squares averages scattered points', () => {
  const line = leastSquares(
    [
      [0, 10],
      [1, 8],
      [2, 9],
    ],
    4,
  )
  expect(line?.slope).toBeCloseTo(-0.5)
  expect(line?.level).toBeCloseTo(7.5)
})

it('Theil–Sen ignores an outlier', () => {
  const points = Array.from({ length: 200 }, (_, at): [number, number] => [
    at,
    at === 150 ? 900 : 100 - at / 10,
  ])
  const line = theilSen(points, 200)
  expect(line?.slope).toBeCloseTo(-0.1)
  expect(line?.level).toBeCloseTo(80)
})

it.each([leastSquares, theilSen])('%o needs two distinct times', (lineThrough) => {
  expect(lineThrough([], 4)).toBeUndefined()
  expect(lineThrough([[3, 1]], 4)).toBeUndefined()
  expect(
    lineThrough(
      [
        [3, 1],
        [3, 2],
      ],
      4,
    ),
  ).toBeUndefined()
})
