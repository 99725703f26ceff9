import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../contract/finding.ts'
import { dayMs } from '../../../lib/time.ts'
import { alarmsOf, computeAlarmScore, type PhoneAlarms } from './alarm-score.ts'

const rule = 'phone.battery_worn'

/** A phone with readings by day, and alarms of the rule on some days. */
function phone(
  unit: string,
  health: Readonly<Record<number, number>>,
  alarmDays: readonly number[],
): PhoneAlarms[] {
  const readings = Object.entries(health)
    .map(([day, pct]) => ({
      device: unit,
      ts: Number(day) * dayMs,
      values: { battery_health_pct: pct },
    }))
    .sort((a, b) => a.ts - b.ts)
  const findings = alarmDays.map(
    (day) => ({ rule, state: 'raised', at: day * dayMs, evidence: {} }) as Finding,
  )
  const cleared = { rule, state: 'cleared', at: 1, evidence: {} } as Finding
  const device = { id: unit, kind: 'phone' }
  return [alarmsOf({ phone: { device, readings }, findings: [cleared, ...findings] }, rule) ?? []].flat()
}

const outcomes = (alarms: readonly PhoneAlarms[]) =>
  alarms.flatMap((one) => one.alarms.map(({ outcome }) => outcome))

describe('an alarm on a phone that fell below the limit', () => {
  const health = { 0: 100, 300: 85, 399: 80, 400: 79, 430: 78 }

  it.each([
    [219, 'false'],
    [220, 'in_time'],
    [393, 'in_time'],
    [394, 'late'],
    [430, 'late'],
  ])('on day %i of 400 is %s', (day, outcome) => {
    expect(outcomes(phone('a', health, [day]))).toEqual([outcome])
  })

  it('is detected by the first one', () => {
    const score = (days: readonly number[]) => computeAlarmScore(phone('a', health, days))
    expect(score([390])).toMatchObject({
      failures: 1,
      detected: 1,
      late: 0,
      medianLeadDays: 10,
      falseAlarms: 0,
    })
    expect(score([100, 390])).toMatchObject({ detected: 0, late: 0, medianLeadDays: null, falseAlarms: 1 })
    expect(score([])).toMatchObject({ detected: 0, late: 1 })
  })

  it('needs a reading to raise it', () => {
    const [one] = phone('a', health, [])
    expect(one).toMatchObject({ readingsInTime: 1, lastReadingBefore: 399 * dayMs, event: 400 * dayMs })
    expect(computeAlarmScore(phone('a', { 0: 100, 100: 90, 400: 79 }, []))).toMatchObject({ detectable: 0 })
  })
})

describe('a phone that stays above the limit', () => {
  it('has a false alarm, unless its record ends within 180 days after it', () => {
    const health = { 0: 100, 365.25: 90 }
    expect(outcomes(phone('a', health, [100, 200]))).toEqual(['false', 'open'])
    expect(computeAlarmScore(phone('a', health, [100, 200]))).toMatchObject({
      failures: 0,
      deviceYears: 1,
      falseAlarms: 1,
      falseAlarmsPerDeviceYear: 1,
      openAlarms: 1,
    })
  })
})

it('the observed time ends at the limit, and a phone below it from the first reading on does not count', () => {
  expect(computeAlarmScore(phone('a', { 0: 100, 365.25: 79, 1000: 70 }, [])).deviceYears).toBe(1)
  expect(phone('b', { 0: 79, 100: 78 }, [0])).toEqual([])
})
