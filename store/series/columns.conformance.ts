import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { hourMs, minuteMs } from '../../lib/time.ts'
import type { ColumnScan } from './columns.ts'
import type { SeriesStore } from './series.ts'
import { fullRange, type SeriesFixture } from './testing/series-fixture.ts'

const start = 1_760_000_000_000

/** `device metric time value` of each value in columns, after checking that these are as they must be. */
async function valuesInColumns(series: SeriesStore, scan: ColumnScan = fullRange): Promise<string[]> {
  const lines: string[] = []
  let before = scan.from
  for await (const { to, columns } of series.scanColumns(scan)) {
    const keys = columns.map(({ device, metric }) => JSON.stringify([device, metric]))
    expect(new Set(keys).size).toBe(keys.length)
    for (const { device, metric, times, values } of columns) {
      expect(times.length).toBeGreaterThan(0)
      expect([...times]).toEqual([...times].sort((a, b) => a - b))
      expect(times[0]).toBeGreaterThanOrEqual(before)
      expect(times.at(-1)).toBeLessThan(to)
      lines.push(...Array.from(times, (ts, n) => `${device} ${metric} ${ts} ${values[n]}`))
    }
    before = to
  }
  expect(before).toBeLessThanOrEqual(scan.to)
  return lines.sort()
}

/** The same of readings; the last one written of a moment wins. */
function valuesOf(readings: readonly Reading[], isWanted = (_reading: Reading, _metric: string) => true) {
  const last = new Map<string, number>()
  for (const reading of readings) {
    for (const [metric, value] of Object.entries(reading.values))
      if (isWanted(reading, metric)) last.set(`${reading.device} ${metric} ${reading.ts}`, value)
  }
  return [...last].map(([key, value]) => `${key} ${value}`).sort()
}

const anyReading = fc.record({
  device: fc.constantFrom('a', 'b', 'c'),
  ts: fc.integer({ min: 0, max: 600 }).map((n) => start + n * 7 * minuteMs),
  values: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.integer({ min: -99, max: 99 }), { minKeys: 1 }),
})

/** Requirements for the reading of columns. */
export function describeColumns(rig: () => SeriesFixture): void {
  it('has no slices while there is nothing', async () => {
    expect(await valuesInColumns(rig().series)).toEqual([])
  })

  it('gives each value once, in order of time, whatever order they came in', async () => {
    const { series } = rig()
    const written: Reading[] = []
    await fc.assert(
      fc.asyncProperty(fc.array(anyReading, { minLength: 1, maxLength: 60 }), async (readings) => {
        written.push(...readings)
        await series.write(readings, written.length)
        expect(await valuesInColumns(series)).toEqual(valuesOf(written))
      }),
      { numRuns: 8 },
    )
  })

  it('keeps to the range, the devices and the metrics asked for', async () => {
    const { series } = rig()
    const all = Array.from({ length: 300 }, (_, n) => ({
      device: `d${n % 3}`,
      ts: start + n * hourMs,
      values: { x: n, y: -n },
    }))
    await series.write(all, 300)
    const range = { from: start + 100 * hourMs, to: start + 200 * hourMs }
    const within = all.slice(100, 200)
    expect(await valuesInColumns(series, range)).toEqual(valuesOf(within))
    expect(await valuesInColumns(series, { ...range, metrics: ['y', 'unknown'] })).toEqual(
      valuesOf(within, (_, metric) => metric === 'y'),
    )
    expect(await valuesInColumns(series, { ...range, devices: ['d1', 'unknown'], metrics: ['x'] })).toEqual(
      valuesOf(within, ({ device }, metric) => device === 'd1' && metric === 'x'),
    )
    const many = ['d2', ...Array.from({ length: 300 }, (_, n) => `other-${n}`)]
    expect(await valuesInColumns(series, { ...range, devices: many })).toEqual(
      valuesOf(within, ({ device }) => device === 'd2'),
    )
    expect(await valuesInColumns(series, { ...range, devices: [] })).toEqual([])
    expect(await valuesInColumns(series, { ...range, metrics: [] })).toEqual([])
  })

  it('can be left early', async () => {
    const { series } = rig()
    const all = Array.from({ length: 900 }, (_, n) => ({
      device: 'a',
      ts: start + n * hourMs,
      values: { x: n },
    }))
    await series.write(all, 900)
    for await (const { columns } of series.scanColumns(fullRange)) {
      expect(columns.length).toBe(1)
      await series.write([{ device: 'a', ts: start - hourMs, values: { x: 1 } }], 901)
      break
    }
    expect(await series.count()).toBe(901)
  })
}
