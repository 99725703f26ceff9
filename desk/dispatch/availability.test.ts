import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hourMs } from '../../lib/time.ts'
import { isoWeekday, zonedDay, zonedTimeToUtcMs } from '../../lib/zoned-time.ts'
import { findFirstSlot, type VisitWindow } from './availability.ts'

const shifts = [{ days: [1, 2, 3, 4, 5], from: '08:00', until: '17:00' }]
const time = { timeZone: 'Europe/Berlin', shifts, maxVisitsPerDay: 3 }
const monday = Date.UTC(2026, 5, 1)

describe('the first free slot', () => {
  it('is the start of the shift, in its own time zone', () => {
    const visit = findFirstSlot(time, { booked: [], from: monday, visitDurationMs: 2 * hourMs })
    expect(visit).toEqual({ from: monday + 6 * hourMs, until: monday + 8 * hourMs })
  })

  it('is on another day when the day is full or has no shift', () => {
    const booked = [6, 8, 10].map((at) => ({ from: monday + at * hourMs, until: monday + (at + 1) * hourMs }))
    const next = findFirstSlot(time, { booked, from: monday, visitDurationMs: hourMs })
    expect(next?.from).toBe(monday + 30 * hourMs)
    const weekend = findFirstSlot(time, {
      booked: [],
      from: monday + 5 * 24 * hourMs,
      visitDurationMs: hourMs,
    })
    expect(weekend?.from).toBe(monday + 7 * 24 * hourMs + 6 * hourMs)
  })

  it('is always within a shift, overlaps no visit and keeps to the daily maximum', () => {
    const visits = fc.array(
      fc.record({ from: fc.integer({ min: 0, max: 30 * 24 }), hours: fc.integer({ min: 1, max: 4 }) }),
      { maxLength: 40 },
    )
    // Around the change from summer time.
    const start = Date.UTC(2026, 9, 15)
    fc.assert(
      fc.property(visits, fc.integer({ min: 0, max: 10 * 24 * 60 }), (given, minutes) => {
        const booked = given.map(({ from, hours }): VisitWindow => {
          const at = start + from * hourMs
          return { from: at, until: at + hours * hourMs }
        })
        const from = start + minutes * 60_000
        const visit = findFirstSlot(time, { booked, from, visitDurationMs: 2 * hourMs })
        if (visit === undefined) return
        expect(visit.from).toBeGreaterThanOrEqual(from)
        const day = zonedDay(visit.from, time.timeZone)
        expect(isoWeekday(day)).toBeLessThan(6)
        expect(visit.from).toBeGreaterThanOrEqual(zonedTimeToUtcMs(day, '08:00', time.timeZone))
        expect(visit.until).toBeLessThanOrEqual(zonedTimeToUtcMs(day, '17:00', time.timeZone))
        expect(booked.filter((one) => one.from < visit.until && one.until > visit.from)).toEqual([])
        const begin = zonedTimeToUtcMs(day, '00:00', time.timeZone)
        const end = begin + 24 * hourMs
        expect(booked.filter((one) => one.from < end && one.until > begin).length).toBeLessThan(4)
      }),
    )
  })
})
