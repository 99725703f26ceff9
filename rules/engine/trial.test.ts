import { beforeEach, describe, expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import { hotBattery, Phone, start } from '../testing/rules.ts'

const live = `${hotBattery()}then: { notice: battery_replacement, ticket: { sla: level2 } }\n`
const stricter = live.replace('above: 45', 'above: 40')
const laxer = live.replace('above: 45', 'above: 60')
const began = 7

/** What happened, of the trial with a star: `raised* 3` on day 3. */
function story(findings: readonly Finding[]): string[] {
  return findings.map(({ state, shadow, at }) => `${state}${shadow ? '*' : ''} ${(at - start) / dayMs}`)
}

describe('a rule on trial', () => {
  let phone: Phone
  const warm = (days: number) => phone.reads(days, { battery_temp_c: 42 })
  beforeEach(() => {
    phone = new Phone(live)
    phone.isCool(0)
    phone.trying(stricter, began)
  })

  it('is judged beside the live one, and what it finds asks for nothing', () => {
    warm(1)
    phone.isHot(2)
    phone.isCool(3)
    expect(story(phone.findings)).toEqual(['raised* 1', 'raised 2', 'cleared 3', 'cleared* 3'])
    const [found, raised] = phone.findings
    expect(found).toMatchObject({ rule: 'phone.battery_hot', shadow: true, trial: began })
    expect(found).not.toHaveProperty('notice')
    expect(found).not.toHaveProperty('ticket')
    expect(raised).toMatchObject({ rule: 'phone.battery_hot', trial: began, notice: 'battery_replacement' })
    expect(raised).not.toHaveProperty('shadow')
    expect(new Set(phone.findings.map(({ id }) => id)).size).toBe(4)
  })

  it('begins with what the live one has raised', () => {
    phone.tryingNone()
    phone.isHot(1)
    phone.trying(laxer, began)
    phone.isHot(2)
    expect(story(phone.findings)).toEqual(['raised 1', 'cleared* 2'])
  })

  it('begins with what the live one has learnt', () => {
    const weak = (within: string) =>
      hotBattery({
        rule: 'phone.battery_weak',
        detect: `{ forecast: { metric: battery_health_pct, below: 80, within: ${within}, window: 60d } }`,
      })
    const other = new Phone(weak('5d'))
    for (let days = 0; days < 30; days++) other.reads(days, { battery_health_pct: 90 - days / 5 })
    other.trying(weak('40d'), began)
    expect(story(other.reads(30, { battery_health_pct: 84 }))).toEqual(['raised* 30'])
  })

  it('goes without a trace in what the live one finds', () => {
    const alone = new Phone(live)
    alone.isCool(0)
    for (const one of [phone, alone]) {
      one.reads(1, { battery_temp_c: 42 })
      one.isHot(2)
      one.isHot(3, { hist: true })
      one.getsBattery(4)
      one.isHot(5)
    }
    const found = phone.findings.filter(({ shadow }) => !shadow).map(({ trial: _, ...rest }) => rest)
    expect(found).toEqual(alone.findings)
    phone.tryingNone()
    phone.isHot(6)
    expect(Object.keys(phone.state?.rules ?? {})).toEqual(['phone.battery_hot'])
  })

  it('has its finding cleared when it is withdrawn or its part replaced', () => {
    warm(1)
    phone.getsBattery(2)
    warm(3)
    phone.tryingNone()
    warm(4)
    expect(story(phone.findings)).toEqual(['raised* 1', 'cleared* 2', 'raised* 3', 'cleared* 4'])
  })

  it('is not mistaken for an earlier trial of the same version', () => {
    warm(1)
    phone.trying(stricter, began + 1)
    warm(2)
    expect(story(phone.findings)).toEqual(['raised* 1', 'cleared* 2', 'raised* 2'])
    expect(phone.findings.map(({ trial }) => trial)).toEqual([began, began, began + 1])
    expect(new Set(phone.findings.map(({ id }) => id)).size).toBe(3)
  })
})

describe('a promoted rule', () => {
  let phone: Phone
  const promote = (text: string) => {
    phone.tryingNone()
    phone.under(text)
  }
  beforeEach(() => {
    phone = new Phone(live)
    phone.isCool(0)
  })

  it('raises at once what only its trial had raised, and goes on with it', () => {
    phone.trying(stricter, began)
    phone.reads(1, { battery_temp_c: 42 })
    promote(stricter)
    phone.reads(2, { battery_temp_c: 42 })
    phone.isCool(3)
    expect(story(phone.findings)).toEqual(['raised* 1', 'raised 2', 'cleared 3'])
    expect(phone.findings[1]).toMatchObject({
      notice: 'battery_replacement',
      ticket: { sla: 'level2' },
      evidence: { value: 42, limit: 40 },
    })
  })

  it('raises nothing again that both had raised', () => {
    phone.trying(stricter, began)
    phone.isHot(1)
    promote(stricter)
    phone.isHot(2)
    phone.isCool(3)
    expect(story(phone.findings)).toEqual(['raised 1', 'raised* 1', 'cleared 3'])
  })

  it('clears what only the version before had raised', () => {
    phone.trying(laxer, began)
    phone.isHot(1)
    promote(laxer)
    phone.isHot(2)
    expect(story(phone.findings)).toEqual(['raised 1', 'cleared 2'])
  })

  it('leaves raised what its trial was waiting to raise', () => {
    phone.trying(`${stricter}for: 2d\n`, began)
    phone.isHot(1)
    promote(`${stricter}for: 2d\n`)
    phone.isHot(2)
    phone.isCool(3)
    expect(story(phone.findings)).toEqual(['raised 1', 'cleared 3'])
  })

  it('that is new goes on with its trial', () => {
    const rule = stricter.replace('battery_hot', 'battery_warm')
    phone.trying(rule, began)
    phone.reads(1, { battery_temp_c: 42 })
    phone.under(live, rule)
    phone.tryingNone()
    phone.reads(2, { battery_temp_c: 42 })
    expect(story(phone.findings)).toEqual(['raised* 1', 'raised 2'])
    expect(phone.findings[1]?.rule).toBe('phone.battery_warm')
  })

  it('takes over also on a device that was not heard while another trial began', () => {
    phone.trying(stricter, began)
    phone.reads(1, { battery_temp_c: 42 })
    phone.under(stricter)
    phone.trying(laxer, began + 1)
    phone.reads(2, { battery_temp_c: 42 })
    expect(story(phone.findings)).toEqual(['raised* 1', 'raised 2', 'cleared* 2'])
  })

  it('that is rolled back and promoted again raises under another id', () => {
    const rule = stricter.replace('battery_hot', 'battery_warm')
    phone.under(live, rule)
    phone.reads(1, { battery_temp_c: 42 })
    phone.under(live)
    phone.reads(2, { battery_temp_c: 42 })
    phone.under(live, rule)
    phone.reads(3, { battery_temp_c: 42 })
    expect(story(phone.findings)).toEqual(['raised 1', 'cleared 2', 'raised 3'])
    expect(new Set(phone.findings.map(({ id }) => id)).size).toBe(3)
  })

  it('does not put what it changes before what was raised', () => {
    phone.trying(stricter, began)
    phone.reads(5, { battery_temp_c: 42 })
    promote(stricter)
    phone.reads(1, { battery_temp_c: 42 }, { hist: true })
    expect(story(phone.findings)).toEqual(['raised* 5', 'raised 5'])
  })
})
