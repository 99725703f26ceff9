import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { parseSeries } from './series.ts'
import { parseTestEvent, parseTestWindow } from './test-times.ts'

describe('a series', () => {
  it.each([
    ['90 every 1d', [90]],
    ['90-0.5x3 every 1d', [90, 89.5, 89, 88.5]],
    ['-1+2x2 every 1d', [-1, 1, 3]],
    ['5x2 every 1d', [5, 5, 5]],
    ['1 _ 3 every 1d', [1, undefined, 3]],
    ['1 _x2 3x1 every 1d', [1, undefined, undefined, 3, 3]],
  ])('%s', (text, values) => {
    expect(parseSeries(text)).toEqual({ fromMs: 0, everyMs: dayMs, values })
  })

  it('may start later', () => {
    expect(parseSeries('1 2 every 6h from 10d')).toEqual({
      fromMs: 10 * dayMs,
      everyMs: dayMs / 4,
      values: [1, 2],
    })
  })

  it('may have noise, the same in each run but different for each series', () => {
    const values = parseSeries('10x999~2 every 1d')?.values.map(Number) ?? []
    expect(values).toEqual(parseSeries('10x999~2 every 1d')?.values)
    expect(values.slice(0, 9)).not.toEqual(parseSeries('10x998~2 every 1d')?.values.slice(0, 9))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(8)
    expect(Math.min(...values)).toBeLessThan(8.1)
    expect(Math.max(...values)).toBeLessThanOrEqual(12)
    expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(10, 0)
  })

  it.each([
    '',
    '90',
    '90 every',
    '90 every 0s',
    '90 every day',
    'a every 1d',
    '90-x3 every 1d',
    '1x2x3 every 1d',
  ])('is not "%s"', (text) => {
    expect(parseSeries(text)).toBeUndefined()
  })
})

describe('times', () => {
  it('are a latest time or a window', () => {
    expect(parseTestWindow('45d')).toEqual({ fromMs: 0, toMs: 45 * dayMs })
    expect(parseTestWindow('20d..28d')).toEqual({ fromMs: 20 * dayMs, toMs: 28 * dayMs })
    for (const invalid of ['', 'soon', '28d..20d', '1d..2d..3d'])
      expect(parseTestWindow(invalid)).toBeUndefined()
  })

  it('of an event', () => {
    expect(parseTestEvent('part_replaced at 30d')).toEqual({ event: 'part_replaced', atMs: 30 * dayMs })
    for (const invalid of ['part_replaced', 'error at 3d', 'part_replaced at noon']) {
      expect(parseTestEvent(invalid)).toBeUndefined()
    }
  })
})
