import { describe, expect, it } from 'vitest'
import { hotBattery, Phone, ruleFrom, shippedKinds, start } from '../testing/rules.ts'
import { createEngine } from './create-engine.ts'

describe('a finding', () => {
  it('is raised when the limit is crossed, cleared when it is good again, and raised anew', () => {
    const phone = new Phone(hotBattery())
    phone.isCool(0)
    phone.isHot(1)
    phone.isHot(2)
    phone.isCool(3)
    phone.isHot(4)
    expect(phone.story).toEqual(['raised 1', 'cleared 3', 'raised 4'])
  })

  it('tells why, of what, and what is to be done', () => {
    const then = 'then: { notice: battery_hot, ticket: { sla: level2, part: battery } }'
    const [finding] = new Phone(hotBattery() + then).isHot(1)
    expect(finding).toEqual({
      id: expect.stringMatching(/^f-[0-9a-f]{20}$/),
      device: 'phone-1',
      component: 'battery',
      epoch: 0,
      rule: 'phone.battery_hot',
      version: expect.stringMatching(/^[0-9a-f]{8}$/),
      state: 'raised',
      severity: 'major',
      at: start + 86_400_000,
      notice: 'battery_hot',
      ticket: { sla: 'level2', part: 'battery' },
      evidence: {
        detector: 'threshold',
        metric: 'battery_temp_c',
        unit: 'Cel',
        value: 50,
        limit: 45,
        points: [[start + 86_400_000, 50]],
      },
    })
  })

  it('has an id of its own that the same readings give again', () => {
    const live = () => {
      const phone = new Phone(hotBattery())
      for (const at of [1, 3, 5]) {
        phone.isHot(at)
        phone.isCool(at + 1)
      }
      return phone.findings.map(({ id }) => id)
    }
    expect(new Set(live()).size).toBe(6)
    expect(live()).toEqual(live())
  })

  it('stays between the limit and `clear`', () => {
    const phone = new Phone(hotBattery({ clear: '40' }))
    phone.isHot(1)
    phone.reads(2, { battery_temp_c: 43 })
    phone.reads(3, { battery_temp_c: 40 })
    expect(phone.story).toEqual(['raised 1', 'cleared 3'])
  })

  it('that is latched stays until the part is replaced', () => {
    const phone = new Phone(hotBattery({ latch: 'true' }))
    phone.isHot(1)
    phone.isCool(2)
    phone.getsBattery(3)
    expect(phone.story).toEqual(['raised 1', 'cleared 3'])
  })
})

describe('`for`', () => {
  const forHours = hotBattery({ for: '24h' })

  it('waits in event time', () => {
    const phone = new Phone(forHours)
    for (const at of [0, 0.5, 1, 1.5]) phone.isHot(at)
    expect(phone.story).toEqual(['raised 1'])
  })

  it('begins anew after a good reading', () => {
    const phone = new Phone(forHours)
    for (const at of [0, 0.5]) phone.isHot(at)
    phone.isCool(0.75)
    for (const at of [1, 1.5, 2]) phone.isHot(at)
    expect(phone.story).toEqual(['raised 2'])
  })

  it('does not count a gap as still bad', () => {
    const phone = new Phone(forHours)
    for (const at of [0, 0.5, 5, 5.5]) phone.isHot(at)
    expect(phone.story).toEqual([])
    phone.isHot(6)
    expect(phone.story).toEqual(['raised 6'])
  })
})

describe('a late reading', () => {
  const cases = [
    ['ignore', []],
    ['features', []],
    ['evaluate', ['raised 1']],
  ] as const

  it.each(cases)('with `late: %s` from a backlog', (late, story) => {
    const phone = new Phone(hotBattery({ late }))
    phone.isHot(1, { hist: true })
    expect(phone.story).toEqual(story)
  })

  it.each(cases)('with `late: %s`, older than the newest one', (late, story) => {
    const phone = new Phone(hotBattery({ late }))
    phone.isCool(2)
    phone.isHot(1)
    expect(phone.story).toEqual(story)
  })

  it('informs where it raises nothing', () => {
    const points = (late: string) => {
      const phone = new Phone(hotBattery({ late }))
      phone.isHot(1, { hist: true })
      return phone.isHot(2)[0]?.evidence.points.length
    }
    expect(points('features')).toBe(2)
    expect(points('ignore')).toBe(1)
  })

  it('neither clears what is raised', () => {
    const phone = new Phone(hotBattery())
    phone.isHot(2)
    phone.isCool(1)
    expect(phone.story).toEqual(['raised 2'])
  })

  it('that is a duplicate changes nothing', () => {
    const phone = new Phone(hotBattery({ late: 'evaluate' }))
    phone.isHot(1)
    const before = phone.state
    expect(phone.isHot(1)).toEqual([])
    expect(phone.state).toEqual(before)
  })
})

describe('a replaced part', () => {
  it('begins a new epoch with fresh state', () => {
    const phone = new Phone(hotBattery({ for: '24h' }))
    for (const at of [0, 0.5, 1]) phone.isHot(at)
    phone.getsBattery(1.5)
    for (const at of [1.5, 2, 2.5]) phone.isHot(at)
    expect(phone.story).toEqual(['raised 1', 'cleared 1.5', 'raised 2.5'])
    expect(phone.findings.map(({ epoch }) => epoch)).toEqual([0, 0, 1])
  })

  it('ends the influence of readings of the old one', () => {
    const phone = new Phone(hotBattery({ late: 'evaluate' }))
    phone.getsBattery(2)
    phone.isHot(1)
    expect(phone.story).toEqual([])
  })

  it('is told once: again, or late, it changes nothing', () => {
    const phone = new Phone(hotBattery())
    phone.getsBattery(2)
    phone.isHot(3)
    phone.getsBattery(2)
    phone.getsBattery(1)
    expect(phone.story).toEqual(['raised 3'])
    expect(phone.state?.epochs).toEqual({ battery: { number: 1, since: start + 2 * 86_400_000 } })
  })

  it('of a component that the kind does not have changes nothing', () => {
    const phone = new Phone(hotBattery())
    phone.tell({ type: 'part_replaced', device: phone.id, component: 'engine', ts: start })
    expect(phone.state?.epochs).toEqual({})
  })
})

describe('a changed rule file', () => {
  it('keeps what is raised, with the new severity', () => {
    const phone = new Phone(hotBattery())
    phone.isHot(1)
    phone.under(hotBattery({ severity: 'critical' }))
    phone.isHot(2)
    phone.isCool(3)
    expect(phone.findings.map(({ state, severity }) => `${state} ${severity}`)).toEqual([
      'raised major',
      'updated critical',
      'cleared critical',
    ])
  })

  it('begins afresh with another metric, and clears by it', () => {
    const phone = new Phone(hotBattery())
    phone.isHot(1)
    phone.under(hotBattery({ detect: '{ threshold: { metric: battery_health_pct, below: 80 } }' }))
    phone.isHot(2)
    phone.reads(3, { battery_health_pct: 90 })
    expect(phone.story).toEqual(['raised 1', 'cleared 3'])
  })

  it('does not let an earlier limit count for `for`', () => {
    const phone = new Phone(hotBattery({ for: '24h', clear: '40' }))
    phone.isHot(0)
    phone.under(hotBattery({ for: '24h', clear: '41' }))
    for (const at of [0.5, 1]) phone.isHot(at)
    expect(phone.story).toEqual([])
    phone.isHot(1.5)
    expect(phone.story).toEqual(['raised 1.5'])
  })

  it('that leaves a rule out clears what it had raised, and forgets it', () => {
    const phone = new Phone(hotBattery())
    phone.isHot(1)
    phone.under()
    phone.isHot(2)
    phone.isHot(3)
    expect(phone.story).toEqual(['raised 1', 'cleared 2'])
    expect(phone.state?.rules).toEqual({})
  })
})

describe('an unknown device', () => {
  it('has no state until it is announced', () => {
    const phone = new Phone(hotBattery())
    phone.state = undefined
    expect(phone.isHot(1)).toEqual([])
    expect(phone.state).toBeUndefined()
  })
})

describe('silence', () => {
  const silent = hotBattery({
    rule: 'phone.silent',
    component: 'device',
    detect: '{ silence: { intervals: 4 } }',
  })
  const tick = (phone: Phone, days: number) => phone.tell({ type: 'tick', at: start + days * 86_400_000 })

  it('is noticed as time passes, and ends with the tick after a reading', () => {
    const phone = new Phone(silent)
    phone.isCool(1)
    for (const at of [1.5, 2, 2.5, 3]) tick(phone, at)
    phone.isCool(4)
    tick(phone, 4.5)
    expect(phone.story).toEqual(['raised 2.5', 'cleared 4.5'])
  })

  it('of a device never heard counts from the first tick', () => {
    const phone = new Phone(silent)
    for (const at of [7, 7.5, 8, 8.5]) tick(phone, at)
    expect(phone.story).toEqual(['raised 8.5'])
  })

  it('does not come of a clock that is wrong: a backlog that arrives is a sign of life', () => {
    const phone = new Phone(silent)
    phone.isCool(1)
    const reading = { device: phone.id, ts: start, values: { battery_temp_c: 20 }, hist: true }
    phone.tell({ type: 'reading', reading, receivedAt: start + 2 * 86_400_000 })
    tick(phone, 2.5)
    expect(phone.story).toEqual([])
  })

  it('leaves the very state while nothing changes, so that nothing has to be written', () => {
    const phone = new Phone(silent)
    tick(phone, 1)
    const engine = createEngine({ kinds: shippedKinds, rules: [ruleFrom(silent)] })
    const step = engine.step(phone.state, { type: 'tick', at: start + 1.1 * 86_400_000 })
    expect(step.state).toBe(phone.state)
  })

  it('is all that ticks are needed for', () => {
    const needs = (text: string) =>
      createEngine({ kinds: shippedKinds, rules: [ruleFrom(text)] }).needsTicks('phone')
    expect([needs(silent), needs(hotBattery())]).toEqual([true, false])
  })
})
