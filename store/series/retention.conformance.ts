import { expect, it } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import { floorToUnit } from './series.ts'
import { type SeriesFixture, scanAll } from './testing/series-fixture.ts'

/** Define the retention tests that every series store must pass. */
export function describeRetentionConformance(rig: () => SeriesFixture, start: number): void {
  const day = floorToUnit(dayMs, start)
  const at = (device: string, days: number, values: Record<string, number>): Reading => ({
    device,
    ts: day + days * dayMs,
    values,
  })

  it('forgets the days before, says how much, and takes it again', async () => {
    const { series } = rig()
    await series.write([at('a', 0.5, { x: 1, y: 1 }), at('a', 1, { x: 2 }), at('b', 1.5, { x: 3 })], 3)
    expect(await series.deleteBefore(day + 1.7 * dayMs)).toBe(2)
    expect(await series.deleteBefore(day + 1.7 * dayMs)).toBe(0)
    expect(await scanAll(series)).toEqual([at('a', 1, { x: 2 }), at('b', 1.5, { x: 3 })])
    expect(await series.latest('a')).toEqual(new Map([['x', { ts: day + dayMs, value: 2 }]]))
    expect(await series.cursor()).toBe(3)
    await series.write([at('a', 0, { y: 7 })], 4)
    expect(await series.count()).toBe(3)
    expect((await series.latest('a')).get('y')).toEqual({ ts: day, value: 7 })
  })

  it('keeps hours and days, and closes them', async () => {
    const { series } = rig()
    const written = Array.from({ length: 30 }, (_, i) => at('a', i / 10, { x: i }))
    await series.write(written, 30)
    const hours = { device: 'a', metric: 'x', from: day, to: day + 3 * dayMs, points: 72 }
    const days = { ...hours, points: 3 }
    const before = [await series.query(hours), await series.query(days)]
    expect(before.map((points) => points.length)).toEqual([30, 3])

    expect(await series.deleteBefore(day + 2 * dayMs)).toBe(20)
    await series.write([at('a', 0.25, { x: 1e6 }), at('a', 0.5, { x: 1e6 })], 32)
    const reopened = await rig().reopen()
    expect(await reopened.query({ ...hours, points: 10_000 })).toHaveLength(12)
    expect([await reopened.query(hours), await reopened.query(days)]).toEqual(before)
  })

  it('goes on with the hours and days behind what it deleted', async () => {
    const { series } = rig()
    await series.write([at('a', 0.1, { x: 1 }), at('a', 1.1, { x: 2 })], 2)
    await series.deleteBefore(day + dayMs)
    await series.write([at('a', 1.1, { x: 3 }), at('a', 1.2, { x: 5 }), at('a', 2.5, { x: 7 })], 5)
    const days = { device: 'a', metric: 'x', from: day, to: day + 3 * dayMs, points: 3 }
    expect(await series.query(days)).toEqual([
      { ts: day, min: 1, mean: 1, max: 1, count: 1 },
      { ts: day + dayMs, min: 3, mean: 4, max: 5, count: 2 },
      { ts: day + 2 * dayMs, min: 7, mean: 7, max: 7, count: 1 },
    ])
  })

  it('forgets hours and days by themselves', async () => {
    const { series } = rig()
    await series.write([at('a', 0.1, { x: 1 }), at('a', 0.2, { x: 2 }), at('a', 2.5, { x: 3 })], 3)
    const days = { device: 'a', metric: 'x', from: day, to: day + 3 * dayMs, points: 3 }
    const hours = { ...days, points: 72 }
    await series.deleteBefore(day + 2 * dayMs)
    await series.deleteBefore(day + dayMs, 'hours')
    expect((await series.query(hours)).map(({ count }) => count)).toEqual([1])
    expect((await series.query(days)).map(({ count }) => count)).toEqual([2, 1])
    await series.deleteBefore(day + dayMs, 'days')
    expect((await series.query(days)).map(({ count }) => count)).toEqual([1])
  })
}
