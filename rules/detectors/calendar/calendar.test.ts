import { describe, expect, it } from 'vitest'
import { dayMs } from '../../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../../testing/rules.ts'
import { latestDueDate } from './due.ts'
import { addMonths, parseMonths, wholeMonths } from './months.ts'
import { climateOf } from './regions.ts'

const on = (text: string) => Date.parse(`${text}T00:00Z`)
const isoDay = (ts: number | undefined) => ts && new Date(ts).toISOString().slice(0, 10)

describe('calendar', () => {
  const everyHalfYear = hotBatteryRule({ detect: '{ calendar: { every: 6mo } }' })
  const tick = (phone: TestPhone, days: number) => phone.step({ type: 'tick', at: start + days * dayMs })

  it('is raised once for each date, by readings alone', () => {
    const phone = new TestPhone(everyHalfYear)
    for (let at = 0; at < 400; at++) phone.readCool(at)
    expect(phone.transitions).toEqual(['raised 181', 'cleared 212', 'raised 365', 'cleared 396'])
  })

  it('is raised by ticks alone, and keeps the same state object in between', () => {
    const phone = new TestPhone(everyHalfYear)
    for (let at = 0; at < 181; at += 10) tick(phone, at)
    const before = JSON.stringify(phone.state)
    tick(phone, 180.5)
    expect(JSON.stringify(phone.state)).toBe(before)
    tick(phone, 181)
    expect(phone.transitions).toEqual(['raised 181'])
  })

  it('counts from when the device came into use', () => {
    const phone = new TestPhone(everyHalfYear)
    const inUseSince = start - 160 * dayMs
    phone.step({ type: 'device', device: { id: phone.id, kind: 'phone', inUseSince } })
    for (let at = 0; at < 60; at++) phone.readCool(at)
    expect(phone.findings[0]?.at).toBe(addMonths(inUseSince, 6))
  })

  it('counts again from the replacement of the part', () => {
    const phone = new TestPhone(everyHalfYear)
    for (let at = 0; at < 370; at++) {
      if (at === 183) phone.replaceBattery(183)
      phone.readCool(at)
    }
    expect(phone.transitions).toEqual(['raised 181', 'cleared 183', 'raised 367'])
  })

  it('reminds again where the next date comes before a month has passed', () => {
    const phone = new TestPhone(hotBatteryRule({ detect: '{ calendar: { every: 1mo, ahead: 7d } }' }))
    for (let at = 0; at < 100; at++) phone.readCool(at)
    expect(phone.transitions).toEqual(['raised 24', 'cleared 52', 'raised 53', 'cleared 83', 'raised 84'])
  })

  it('goes on from the same start after a change of its settings', () => {
    const phone = new TestPhone(everyHalfYear)
    for (let at = 0; at < 100; at++) phone.readCool(at)
    phone.setRules(hotBatteryRule({ detect: '{ calendar: { every: 6mo, ahead: 10d } }' }))
    for (let at = 100; at < 200; at++) phone.readCool(at)
    expect(phone.transitions).toEqual(['raised 171'])
  })

  it('is not raised again by an older reading', () => {
    const phone = new TestPhone(hotBatteryRule({ detect: '{ calendar: { every: 6mo } }', late: 'evaluate' }))
    tick(phone, 0)
    tick(phone, 190)
    tick(phone, 220)
    phone.readCool(195)
    phone.readCool(100)
    expect(phone.transitions).toEqual(['raised 190', 'cleared 220'])
  })
})

describe('a date', () => {
  const since = on('2026-01-31')
  const due = (config: Parameters<typeof latestDueDate>[0], now: string, region?: string) =>
    isoDay(latestDueDate(config, on(now), { since, region }))

  it('of months in use is the last day where a month is shorter', () => {
    expect(due({ every: 1 }, '2026-02-27')).toBeUndefined()
    expect(due({ every: 1 }, '2026-02-28')).toBe('2026-02-28')
    expect(due({ every: 1 }, '2026-03-30')).toBe('2026-02-28')
    expect(due({ every: 12 }, '2029-12-31')).toBe('2029-01-31')
  })

  it('may be due ahead', () => {
    expect(due({ every: 6, ahead: 14 * dayMs }, '2026-07-17')).toBe('2026-07-31')
    expect(due({ months: [5, 11], ahead: 0 }, '2026-12-24')).toBe('2026-11-01')
  })

  it('of a season depends on the region', () => {
    expect(due({ before: 'summer' }, '2026-05-02')).toBe('2026-06-01')
    expect(due({ before: 'winter' }, '2027-01-20')).toBe('2026-12-01')
    expect(due({ before: 'summer' }, '2026-10-31', 'ZA')).toBeUndefined()
    expect(due({ before: 'summer' }, '2026-11-01', 'ZA')).toBe('2026-12-01')
    expect(due({ before: 'rainy_season' }, '2026-03-02', 'CN-GD')).toBe('2026-04-01')
    expect(due({ before: 'rainy_season' }, '2027-03-02', 'DE')).toBeUndefined()
    expect(due({ before: 'summer' }, '2026-11-01', 'Australia')).toBeUndefined()
  })

  it('counts only for a part in use when it became due', () => {
    expect(due({ before: 'summer', ahead: 200 * dayMs }, '2026-05-02')).toBeUndefined()
  })
})

describe('months', () => {
  it.each([
    ['6mo', 6],
    ['2y', 24],
    ['0mo', undefined],
    ['6m', undefined],
  ])('%s', (text, expected) => {
    expect(parseMonths(text)).toBe(expected)
  })

  it('are whole ones only', () => {
    expect(wholeMonths(on('2026-01-15'), on('2026-03-14'))).toBe(1)
    expect(wholeMonths(on('2026-01-15'), on('2026-03-15'))).toBe(2)
  })
})

it('a region has its own climate, that of its country, or the default', () => {
  expect(climateOf('AU-NT')).toEqual({ hemisphere: 'south', rainy: [11, 4] })
  expect(climateOf('AU-VIC')).toEqual({ hemisphere: 'south' })
  expect(climateOf('au_nt')).toEqual(climateOf('AU-NT'))
  for (const region of ['FJ', 'EC', 'RE', 'KE'])
    expect(climateOf(region)).toMatchObject({ hemisphere: 'south' })
  for (const region of ['DE', '', undefined]) expect(climateOf(region)).toEqual({ hemisphere: 'north' })
  for (const region of ['XX-1', 'Australia']) expect(climateOf(region)).toBeUndefined()
})
