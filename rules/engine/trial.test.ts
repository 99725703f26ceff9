import { beforeEach, describe, expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../testing/rules.ts'

const live = `${hotBatteryRule()}then: { notice: battery_replacement, ticket: { sla: level2 } }\n`
const stricter = live.replace('above: 45', 'above: 40')
const laxer = live.replace('above: 45', 'above: 60')
const trialStart = 7

/** Return transitions and their days, with a star for findings of the trial: `raised* 3`. */
function transitions(findings: readonly Finding[]): string[] {
  return findings.map(({ state, shadow, at }) => `${state}${shadow ? '*' : ''} ${(at - start) / dayMs}`)
}

describe('a rule on trial', () => {
  let phone: TestPhone
  const warm = (days: number) => phone.read(days, { battery_temp_c: 42 })
  beforeEach(() => {
    phone = new TestPhone(live)
    phone.readCool(0)
    phone.startTrial(stricter, trialStart)
  })

  it('is evaluated in addition to the live one, and its findings have no actions', () => {
    warm(1)
    phone.readHot(2)
    phone.readCool(3)
    expect(transitions(phone.findings)).toEqual(['raised* 1', 'raised 2', 'cleared 3', 'cleared* 3'])
    const [found, raised] = phone.findings
    expect(found).toMatchObject({ rule: 'phone.battery_hot', shadow: true, trial: trialStart })
    expect(found).not.toHaveProperty('notice')
    expect(found).not.toHaveProperty('ticket')
    expect(raised).toMatchObject({
      rule: 'phone.battery_hot',
      trial: trialStart,
      notice: 'battery_replacement',
    })
    expect(raised).not.toHaveProperty('shadow')
    expect(new Set(phone.findings.map(({ id }) => id)).size).toBe(4)
  })

  it('starts with the active findings of the live one', () => {
    phone.withdrawTrial()
    phone.readHot(1)
    phone.startTrial(laxer, trialStart)
    phone.readHot(2)
    expect(transitions(phone.findings)).toEqual(['raised 1', 'cleared* 2'])
  })

  it('starts with the detector state of the live one', () => {
    const weak = (within: string) =>
      hotBatteryRule({
        rule: 'phone.battery_weak',
        detect: `{ forecast: { metric: battery_health_pct, below: 80, within: ${within}, window: 60d } }`,
      })
    const other = new TestPhone(weak('5d'))
    for (let days = 0; days < 30; days++) other.read(days, { battery_health_pct: 90 - days / 5 })
    other.startTrial(weak('40d'), trialStart)
    expect(transitions(other.read(30, { battery_health_pct: 84 }))).toEqual(['raised* 30'])
  })

  it('does not change the findings of the live one', () => {
    const alone = new TestPhone(live)
    alone.readCool(0)
    for (const one of [phone, alone]) {
      one.read(1, { battery_temp_c: 42 })
      one.readHot(2)
      one.readHot(3, { hist: true })
      one.replaceBattery(4)
      one.readHot(5)
    }
    const found = phone.findings.filter(({ shadow }) => !shadow).map(({ trial: _, ...rest }) => rest)
    expect(found).toEqual(alone.findings)
    phone.withdrawTrial()
    phone.readHot(6)
    expect(Object.keys(phone.state?.rules ?? {})).toEqual(['phone.battery_hot'])
  })

  it('has its finding cleared when it is withdrawn or the part is replaced', () => {
    warm(1)
    phone.replaceBattery(2)
    warm(3)
    phone.withdrawTrial()
    warm(4)
    expect(transitions(phone.findings)).toEqual(['raised* 1', 'cleared* 2', 'raised* 3', 'cleared* 4'])
  })

  it('is distinct from an earlier trial of the same version', () => {
    warm(1)
    phone.startTrial(stricter, trialStart + 1)
    warm(2)
    expect(transitions(phone.findings)).toEqual(['raised* 1', 'cleared* 2', 'raised* 2'])
    expect(phone.findings.map(({ trial }) => trial)).toEqual([trialStart, trialStart, trialStart + 1])
    expect(new Set(phone.findings.map(({ id }) => id)).size).toBe(3)
  })
})

describe('a promoted rule', () => {
  let phone: TestPhone
  const promote = (text: string) => {
    phone.withdrawTrial()
    phone.setRules(text)
  }
  beforeEach(() => {
    phone = new TestPhone(live)
    phone.readCool(0)
  })

  it('raises at once what only its trial had raised, and keeps it', () => {
    phone.startTrial(stricter, trialStart)
    phone.read(1, { battery_temp_c: 42 })
    promote(stricter)
    phone.read(2, { battery_temp_c: 42 })
    phone.readCool(3)
    expect(transitions(phone.findings)).toEqual(['raised* 1', 'raised 2', 'cleared 3'])
    expect(phone.findings[1]).toMatchObject({
      notice: 'battery_replacement',
      ticket: { sla: 'level2' },
      evidence: { value: 42, limit: 40 },
    })
  })

  it('does not raise again what both had raised', () => {
    phone.startTrial(stricter, trialStart)
    phone.readHot(1)
    promote(stricter)
    phone.readHot(2)
    phone.readCool(3)
    expect(transitions(phone.findings)).toEqual(['raised 1', 'raised* 1', 'cleared 3'])
  })

  it('clears what only the version before had raised', () => {
    phone.startTrial(laxer, trialStart)
    phone.readHot(1)
    promote(laxer)
    phone.readHot(2)
    expect(transitions(phone.findings)).toEqual(['raised 1', 'cleared 2'])
  })

  it('keeps active what was pending in its trial', () => {
    phone.startTrial(`${stricter}for: 2d\n`, trialStart)
    phone.readHot(1)
    promote(`${stricter}for: 2d\n`)
    phone.readHot(2)
    phone.readCool(3)
    expect(transitions(phone.findings)).toEqual(['raised 1', 'cleared 3'])
  })

  it('without a live version before takes over the state of its trial', () => {
    const rule = stricter.replace('battery_hot', 'battery_warm')
    phone.startTrial(rule, trialStart)
    phone.read(1, { battery_temp_c: 42 })
    phone.setRules(live, rule)
    phone.withdrawTrial()
    phone.read(2, { battery_temp_c: 42 })
    expect(transitions(phone.findings)).toEqual(['raised* 1', 'raised 2'])
    expect(phone.findings[1]?.rule).toBe('phone.battery_warm')
  })

  it('reminds of the next interval, as the finding of its trial would have', () => {
    const rule = hotBatteryRule({
      rule: 'phone.battery_used',
      detect: '{ usage: { metric: battery_cycles, every: 50 } }',
    })
    phone.startTrial(rule, trialStart)
    for (const [index, cycles] of [40, 60, 80].entries()) phone.read(1 + index, { battery_cycles: cycles })
    phone.setRules(live, rule)
    phone.withdrawTrial()
    for (const [index, cycles] of [90, 110, 130, 140].entries())
      phone.read(4 + index, { battery_cycles: cycles })
    expect(transitions(phone.findings)).toEqual(['raised* 3', 'raised 4', 'cleared 6', 'raised 7'])
  })

  it('also takes over on a device without a reading before the next trial began', () => {
    phone.startTrial(stricter, trialStart)
    phone.read(1, { battery_temp_c: 42 })
    phone.setRules(stricter)
    phone.startTrial(laxer, trialStart + 1)
    phone.read(2, { battery_temp_c: 42 })
    expect(transitions(phone.findings)).toEqual(['raised* 1', 'raised 2', 'cleared* 2'])
  })

  it('that is rolled back and promoted again raises with another id', () => {
    const rule = stricter.replace('battery_hot', 'battery_warm')
    phone.setRules(live, rule)
    phone.read(1, { battery_temp_c: 42 })
    phone.setRules(live)
    phone.read(2, { battery_temp_c: 42 })
    phone.setRules(live, rule)
    phone.read(3, { battery_temp_c: 42 })
    expect(transitions(phone.findings)).toEqual(['raised 1', 'cleared 2', 'raised 3'])
    expect(new Set(phone.findings.map(({ id }) => id)).size).toBe(3)
  })

  it('does not date the change before the finding of its trial', () => {
    phone.startTrial(stricter, trialStart)
    phone.read(5, { battery_temp_c: 42 })
    promote(stricter)
    phone.read(1, { battery_temp_c: 42 }, { hist: true })
    expect(transitions(phone.findings)).toEqual(['raised* 5', 'raised 5'])
  })
})
