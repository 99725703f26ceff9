import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hourMs } from '../../lib/time.ts'
import { daysInPeriod, monthOf, monthPeriod, PeriodError, shiftMonth } from './period.ts'

const zones = [
  'UTC',
  'Asia/Shanghai',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'Asia/Beirut',
  'America/Asuncion',
]

describe('a month', () => {
  it.each([
    ['2026-06', 'UTC', '2026-06-01T00:00:00.000Z', '2026-07-01T00:00:00.000Z'],
    ['2026-06', 'Asia/Shanghai', '2026-05-31T16:00:00.000Z', '2026-06-30T16:00:00.000Z'],
    // Winter at its first midnight, summer at its last.
    ['2026-03', 'Europe/Berlin', '2026-02-28T23:00:00.000Z', '2026-03-31T22:00:00.000Z'],
    ['2026-10', 'Europe/Berlin', '2026-09-30T22:00:00.000Z', '2026-10-31T23:00:00.000Z'],
    ['2026-11', 'America/New_York', '2026-11-01T04:00:00.000Z', '2026-12-01T05:00:00.000Z'],
    ['2025-12', 'Pacific/Kiritimati', '2025-11-30T10:00:00.000Z', '2025-12-31T10:00:00.000Z'],
    // Clocks were put forward at midnight: the first hour of that month was not there.
    ['2012-04', 'Asia/Gaza', '2012-03-31T21:00:00.000Z', '2012-04-30T21:00:00.000Z'],
    ['2017-10', 'America/Asuncion', '2017-10-01T04:00:00.000Z', '2017-11-01T03:00:00.000Z'],
  ])('%s in %s begins at %s and ends at %s', (month, zone, from, until) => {
    expect(monthPeriod(month, zone)).toEqual({ from: new Date(from), until: new Date(until) })
  })

  const months = fc.tuple(fc.integer({ min: 1971, max: 2037 }), fc.integer({ min: 1, max: 12 }))
  it('begins where the previous one ends, and contains each of its moments', () => {
    fc.assert(
      fc.property(
        months,
        fc.constantFrom(...zones),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (when, zone, share) => {
          const month = `${when[0]}-${String(when[1]).padStart(2, '0')}`
          const { from, until } = monthPeriod(month, zone)
          expect(monthPeriod(shiftMonth(month, 1), zone).from).toEqual(until)
          const lasts = until.getTime() - from.getTime()
          expect(lasts).toBeGreaterThan(27.9 * 24 * hourMs)
          expect(lasts).toBeLessThan(31.1 * 24 * hourMs)
          expect(monthOf(new Date(from.getTime() + Math.floor(share * lasts)), zone)).toBe(month)
          expect(monthOf(new Date(from.getTime() - 1), zone)).toBe(shiftMonth(month, -1))
        },
      ),
    )
  })

  it('has all its days, also with a change of the clock', () => {
    const days = daysInPeriod(monthPeriod('2026-03', 'Europe/Berlin'), 'Europe/Berlin')
    expect([days[0], days.length, days.at(-1)]).toEqual(['2026-03-01', 31, '2026-03-31'])
  })

  it.each(['2026-13', '2026-6', 'June', '2026-06-01'])('is not %s', (month) => {
    expect(() => monthPeriod(month, 'UTC')).toThrow(PeriodError)
  })

  it('rejects a time zone that does not exist', () => {
    expect(() => monthPeriod('2026-06', 'Mars/Olympus')).toThrow('no time zone "Mars/Olympus"')
  })
})
