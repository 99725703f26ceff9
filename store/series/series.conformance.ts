import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { dayMs, hourMs, minuteMs } from '../../lib/time.ts'
import { describeColumns } from './columns.conformance.ts'
import { describeRetentionConformance } from './retention.conformance.ts'
import { bucketGrid, type SeriesPoint, type SeriesQuery, SeriesQueryError } from './series.ts'
import { downsampleReference } from './testing/downsample-reference.ts'
import { fullRange, type SeriesFixture, scanAll } from './testing/series-fixture.ts'

const start = 1_760_000_000_000

function reading(device: string, minutes: number, values: Record<string, number>): Reading {
  return { device, ts: start + minutes * minuteMs, values }
}

/** Define the tests that every series store must pass. */
export function describeSeriesConformance(name: string, open: () => Promise<SeriesFixture>): void {
  describe(`${name} series`, () => {
    let fixture: SeriesFixture
    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture.destroy())

    describe('writing', () => describeWriting(() => fixture))
    describe('query', () => describeQuery(() => fixture))
    describe('scan', () => describeScan(() => fixture))
    describe('columns', () => describeColumns(() => fixture))
    describe('deleteBefore', () => describeRetentionConformance(() => fixture, start))
  })
}

function describeWriting(rig: () => SeriesFixture): void {
  it('begins at cursor 0, empty', async () => {
    const { series } = rig()
    expect(await series.cursor()).toBe(0)
    expect(await series.count()).toBe(0)
    expect(await scanAll(series)).toEqual([])
    expect(await series.latest('a')).toEqual(new Map())
    expect(await series.extent()).toBeUndefined()
  })

  it('keeps values and cursor over a reopen', async () => {
    const readings = [reading('a', 0, { x: 1, y: 2 }), reading('b', 1, { x: 3 })]
    await rig().series.write(readings, 17)
    const reopened = await rig().reopen()
    expect(await reopened.cursor()).toBe(17)
    expect(await reopened.count()).toBe(3)
    expect(await scanAll(reopened)).toEqual(readings)
    expect(await reopened.latest('a')).toEqual(
      new Map([
        ['x', { ts: start, value: 1 }],
        ['y', { ts: start, value: 2 }],
      ]),
    )
  })

  it('moves the cursor without readings', async () => {
    const { series } = rig()
    await series.write([], 5)
    expect(await series.cursor()).toBe(5)
    expect(await series.count()).toBe(0)
  })

  it('keeps the cursors of partitions apart', async () => {
    const { series } = rig()
    await series.write([reading('a', 0, { x: 1 })], 7, { partition: 2 })
    await series.write([reading('b', 0, { x: 1 })], 5)
    await series.write([], 9, { partition: 2 })
    const reopened = await rig().reopen()
    expect(await Promise.all([0, 1, 2].map((partition) => reopened.cursor(partition)))).toEqual([5, 0, 9])
    expect(await reopened.count()).toBe(2)
  })

  it('keeps the history of the journal with the cursor', async () => {
    const { series } = rig()
    expect(await series.position()).toEqual({ cursor: 0, history: '' })
    await series.write([reading('a', 0, { x: 1 })], 7, { history: 'j|a:0:0,b:5:1' })
    await series.write([], 9, { history: 'j|a:0:0,c:7:1' })
    const reopened = await rig().reopen()
    expect(await reopened.position()).toEqual({ cursor: 9, history: 'j|a:0:0,c:7:1' })
  })

  it('keeps a batch once, however often it is written', async () => {
    const { series } = rig()
    const readings = Array.from({ length: 50 }, (_, i) => reading(`d${i % 3}`, i, { x: i }))
    await series.write(readings, 50)
    await series.write(readings, 50)
    expect(await series.count()).toBe(50)
    expect(await series.extent()).toEqual({ first: start, last: start + 49 * minuteMs })
    const reopened = await rig().reopen()
    await reopened.write(readings, 50)
    expect(await reopened.count()).toBe(50)
    expect(await scanAll(reopened)).toEqual(readings)
  })

  it('lets the last value written for a moment win: in a batch, in a later one, after a reopen', async () => {
    const { series } = rig()
    await series.write([reading('a', 0, { x: 1 }), reading('a', 1, { x: 2 }), reading('a', 0, { x: 3 })], 3)
    expect(await scanAll(series)).toEqual([reading('a', 0, { x: 3 }), reading('a', 1, { x: 2 })])
    await series.write([reading('a', 1, { x: 4 })], 4)
    expect((await series.latest('a')).get('x')).toEqual({ ts: start + minuteMs, value: 4 })
    const reopened = await rig().reopen()
    await reopened.write([reading('a', 0, { x: 5, y: 6 })], 5)
    expect(await scanAll(reopened)).toEqual([reading('a', 0, { x: 5, y: 6 }), reading('a', 1, { x: 4 })])
    expect(await reopened.count()).toBe(3)
  })

  it('tells the newest value, whatever order values come in', async () => {
    const { series } = rig()
    await series.write(
      [reading('a', 9, { x: 9 }), reading('a', 3, { x: 3, y: 1 }), reading('b', 99, { x: 0 })],
      3,
    )
    await series.write([reading('a', 5, { x: 5 })], 4)
    expect(await series.latest('a')).toEqual(
      new Map([
        ['x', { ts: start + 9 * minuteMs, value: 9 }],
        ['y', { ts: start + 3 * minuteMs, value: 1 }],
      ]),
    )
  })

  it('keeps devices and metrics apart, whatever they are called', async () => {
    const { series } = rig()
    const odd = [
      "a' OR ''='",
      "a'; DROP SERIES FROM readings; --",
      'a"b',
      'a\\',
      'a\\n',
      'a\n',
      'a\r\n\t',
      'a,metric=x value=1 1',
      'a b=c',
      '%',
      '%27',
      '#a',
      'time',
      'device',
      '.*',
      'Küche/🤖',
    ]
    const written = odd.map((name, i) => ({ device: name, ts: start + i, values: { [name]: i, x: 1 } }))
    await series.write(written, odd.length)
    expect(await scanAll(series)).toEqual(written)
    for (const { device, ts, values } of written) {
      expect(await scanAll(series, { ...fullRange, devices: [device] })).toEqual([{ device, ts, values }])
      const query = { device, metric: device, from: start, to: start + hourMs, points: 1 }
      expect((await series.query(query)).map(({ count, max }) => [count, max])).toEqual([[1, values[device]]])
      expect([...(await series.latest(device)).keys()].sort()).toEqual([device, 'x'].sort())
    }
  })

  it('writes in the order of the calls, though none waits for the one before', async () => {
    const { series } = rig()
    await Promise.all(Array.from({ length: 20 }, (_, i) => series.write([reading('a', 0, { x: i })], i + 1)))
    expect(await series.cursor()).toBe(20)
    expect(await scanAll(series)).toEqual([reading('a', 0, { x: 19 })])
  })
}

function describeQuery(rig: () => SeriesFixture): void {
  it('gives min, mean, max and count of each bucket, and leaves out empty ones', async () => {
    const { series } = rig()
    const values = [4, 2, 9, 5]
    await series.write(
      values.map((x, i) => reading('a', i + (i > 1 ? 10 : 0), { x })),
      4,
    )
    await series.write([reading('a', 1, { other: 77 }), reading('b', 1, { x: 77 })], 6)
    const query = { device: 'a', metric: 'x', from: start, to: start + 20 * minuteMs, points: 4 }
    expect(await series.query(query)).toEqual([
      { ts: start, min: 2, mean: 3, max: 4, count: 2 },
      { ts: start + 10 * minuteMs, min: 5, mean: 7, max: 9, count: 2 },
    ])
  })

  it('includes from and excludes to', async () => {
    const { series } = rig()
    await series.write([reading('a', 0, { x: 1 }), reading('a', 1, { x: 2 })], 2)
    const found = await series.query({
      device: 'a',
      metric: 'x',
      from: start,
      to: start + minuteMs,
      points: 10,
    })
    expect(found).toEqual([{ ts: start, min: 1, mean: 1, max: 1, count: 1 }])
  })

  it('knows nothing of what was never written', async () => {
    const query = { device: 'unknown', metric: 'x', from: 0, to: 10, points: 10 }
    expect(await rig().series.query(query)).toEqual([])
  })

  it('refuses a number of points out of range', async () => {
    const query = { device: 'a', metric: 'x', from: 0, to: 10 }
    for (const points of [0, -1, 1.5, 10_001, Number.NaN]) {
      await expect(rig().series.query({ ...query, points })).rejects.toThrow(SeriesQueryError)
    }
  })

  const anyRange: [name: string, spanMs: number, points: number][] = [
    ['values', 5_000, 60],
    ['hours', 20 * hourMs, 6],
    ['days', 9 * dayMs, 3],
  ]
  it.each(anyRange)('agrees with a plain reference on any %s', async (_, spanMs, mostPoints) => {
    const { series } = rig()
    const offset = fc.integer({ min: 0, max: spanMs })
    // As text −0 is 0.
    const value = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((x) => x + 0)
    const batches = fc.array(fc.array(fc.tuple(offset, value), { maxLength: 40 }), { maxLength: 4 })
    const range = fc.tuple(offset, offset, fc.integer({ min: 1, max: mostPoints }))
    let run = 0
    await fc.assert(
      fc.asyncProperty(batches, range, async (written, [a, b, points]) => {
        const device = `device-${run++}`
        const kept = new Map<number, number>()
        for (const batch of written) {
          const readings = batch.map(([ms, x]) => ({ device, ts: start + ms, values: { x } }))
          await series.write(readings, run)
          for (const { ts, values } of readings) kept.set(ts, values.x)
        }
        const from = start + Math.min(a, b)
        const query = { device, metric: 'x', from, to: start + Math.max(a, b), points }
        expectEqualPoints(await series.query(query), downsampleReference(kept, query), query)
      }),
      { numRuns: 60 },
    )
  })
}

function expectEqualPoints(found: unknown[], wanted: SeriesPoint[], query: SeriesQuery): void {
  const { from, to, widthMs } = bucketGrid(query)
  expect(found.length).toBeLessThanOrEqual(query.points)
  expect(from <= query.from && to >= query.to && widthMs * query.points >= to - from).toBe(true)
  // A sum of doubles depends on its order.
  expect(found).toEqual(wanted.map((point) => ({ ...point, mean: expect.closeTo(point.mean, 6) })))
}

function describeScan(rig: () => SeriesFixture): void {
  it('gives readings in order of time, then device, whatever order they came in', async () => {
    const { series } = rig()
    const ordered = Array.from({ length: 5_000 }, (_, i) =>
      reading(`d${i % 5}`, Math.floor(i / 5), { x: i, ...(i % 2 ? { y: -i } : {}) }),
    )
    const shuffled = ordered.map((_, i) => ordered[(i * 1_237) % ordered.length] ?? reading('', 0, {}))
    await series.write(shuffled, 5_000)
    expect(await scanAll(series)).toEqual(ordered)
  })

  it('keeps to the range and the devices asked for', async () => {
    const { series } = rig()
    const all = Array.from({ length: 30 }, (_, i) => reading(`d${i % 3}`, i, { x: i }))
    await series.write(all, 30)
    const range = { from: start + 10 * minuteMs, to: start + 20 * minuteMs }
    expect(await scanAll(series, range)).toEqual(all.slice(10, 20))
    const some = await scanAll(series, { ...range, devices: ['d1', 'unknown'] })
    expect(some).toEqual(all.slice(10, 20).filter(({ device }) => device === 'd1'))
    expect(await scanAll(series, { ...range, devices: [] })).toEqual([])
  })

  it('can be left early, and is not disturbed by a write meanwhile', async () => {
    const { series } = rig()
    const all = Array.from({ length: 9_000 }, (_, i) => reading('a', i, { x: i }))
    await series.write(all, 9_000)
    const first: Reading[] = []
    for await (const batch of series.scan(fullRange)) {
      first.push(...batch)
      await series.write([reading('a', 100_000, { x: 1 })], 9_001)
      break
    }
    expect(first).toEqual(all.slice(0, first.length))
    expect(await series.count()).toBe(9_001)
  })
}
