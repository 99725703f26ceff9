import { expect, it } from 'vitest'
import type { SeriesColumn } from '../../../store/series/columns.ts'
import { DeviceRows } from './device-rows.ts'

const column = (metric: string, points: readonly (readonly [ts: number, value: number])[]): SeriesColumn => ({
  device: 'a',
  metric,
  times: Float64Array.from(points, ([ts]) => ts),
  values: Float64Array.from(points, ([, value]) => value),
})

const readingsOf = (...columns: SeriesColumn[]) => {
  const rows = new DeviceRows('a', columns)
  return Array.from(rows.times, (_, row) => rows.readingAt(row))
}

it('makes readings of columns with the same times', () => {
  expect(
    readingsOf(
      column('x', [
        [1, 5],
        [2, 6],
      ]),
      column('y', [
        [1, 7],
        [2, 8],
      ]),
    ),
  ).toEqual([
    { device: 'a', ts: 1, values: { x: 5, y: 7 } },
    { device: 'a', ts: 2, values: { x: 6, y: 8 } },
  ])
})

it('leaves out what was not measured', () => {
  const found = readingsOf(
    column('x', [
      [2, 5],
      [4, 6],
    ]),
    column('y', [
      [1, 7],
      [2, 8],
      [3, 9],
    ]),
  )
  expect(found.map(({ ts, values }) => [ts, values])).toEqual([
    [1, { y: 7 }],
    [2, { x: 5, y: 8 }],
    [3, { y: 9 }],
    [4, { x: 6 }],
  ])
  expect(Object.keys(found[0]?.values ?? {})).toEqual(['y'])
})

it('brings together what was stored before and after a renaming; of one moment the later one counts', () => {
  const found = readingsOf(
    column('x', [
      [1, 5],
      [3, 6],
    ]),
    column('x', [
      [3, 7],
      [4, 8],
    ]),
  )
  expect(found.map(({ ts, values }) => [ts, values.x])).toEqual([
    [1, 5],
    [3, 7],
    [4, 8],
  ])
})

it('has no rows without columns, and gives a new object each time', () => {
  expect(readingsOf()).toEqual([])
  const rows = new DeviceRows('a', [column('x', [[1, 5]])])
  expect(rows.readingAt(0).values).not.toBe(rows.readingAt(0).values)
})
