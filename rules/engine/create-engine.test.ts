import { describe, expect, it } from 'vitest'
import { hotBatteryRule, parseRule, shippedKinds, start, TestPhone } from '../testing/rules.ts'
import { createEngine } from './create-engine.ts'

describe('a finding', () => {
  it('is raised when the limit is crossed, cleared when it is good again, and raised again', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.readCool(0)
    phone.readHot(1)
    phone.readHot(2)
    phone.readCool(3)
    phone.readHot(4)
    expect(phone.transitions).toEqual(['raised 1', 'cleared 3', 'raised 4'])
  })

  it('carries the evidence, the part and the actions', () => {
    const then = 'then: { notice: battery_hot, ticket: { sla: level2, part: battery } }'
    const [finding] = new TestPhone(hotBatteryRule() + then).readHot(1)
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

  it('has a unique id, the same for the same readings', () => {
    const findingIds = () => {
      const phone = new TestPhone(hotBatteryRule())
      for (const at of [1, 3, 5]) {
        phone.readHot(at)
        phone.readCool(at + 1)
      }
      return phone.findings.map(({ id }) => id)
    }
    expect(new Set(findingIds()).size).toBe(6)
    expect(findingIds()).toEqual(findingIds())
  })

  it('is not raised by a correction: a reading of a time that was evaluated', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.readCool(1)
    phone.readHot(1)
    expect(phone.transitions).toEqual([])
    phone.readHot(2)
    expect(phone.transitions).toEqual(['raised 2'])
  })

  it('stays active between the limit and `clear`', () => {
    const phone = new TestPhone(hotBatteryRule({ clear: '40' }))
    phone.readHot(1)
    phone.read(2, { battery_temp_c: 43 })
    phone.read(3, { battery_temp_c: 40 })
    expect(phone.transitions).toEqual(['raised 1', 'cleared 3'])
  })

  it('that is latched stays active until the part is replaced', () => {
    const phone = new TestPhone(hotBatteryRule({ latch: 'true' }))
    phone.readHot(1)
    phone.readCool(2)
    phone.replaceBattery(3)
    expect(phone.transitions).toEqual(['raised 1', 'cleared 3'])
  })
})

describe('`for`', () => {
  const forHours = hotBatteryRule({ for: '24h' })

  it('waits in event time', () => {
    const phone = new TestPhone(forHours)
    for (const at of [0, 0.5, 1, 1.5]) phone.readHot(at)
    expect(phone.transitions).toEqual(['raised 1'])
  })

  it('restarts after a good reading', () => {
    const phone = new TestPhone(forHours)
    for (const at of [0, 0.5]) phone.readHot(at)
    phone.readCool(0.75)
    for (const at of [1, 1.5, 2]) phone.readHot(at)
    expect(phone.transitions).toEqual(['raised 2'])
  })

  it('does not count a gap as still bad', () => {
    const phone = new TestPhone(forHours)
    for (const at of [0, 0.5, 5, 5.5]) phone.readHot(at)
    expect(phone.transitions).toEqual([])
    phone.readHot(6)
    expect(phone.transitions).toEqual(['raised 6'])
  })
})

describe('`for` of a device that reports more rarely', () => {
  it('is met by three consecutive readings at its own rate', () => {
    const phone = new TestPhone(hotBatteryRule({ for: '24h' }))
    for (const at of [0, 30, 60, 90]) phone.readHot(at)
    expect(phone.transitions).toEqual(['raised 60'])
  })

  it('is met by two where its rate is known', () => {
    const phone = new TestPhone(hotBatteryRule({ for: '24h' }))
    for (const at of [0, 7, 14]) phone.readCool(at)
    for (const at of [21, 28]) phone.readHot(at)
    expect(phone.transitions).toEqual(['raised 28'])
  })

  it('does not count a gap of several of its own intervals', () => {
    const phone = new TestPhone(hotBatteryRule({ for: '24h' }))
    for (const at of [0, 7, 14]) phone.readCool(at)
    for (const at of [21, 81]) phone.readHot(at)
    expect(phone.transitions).toEqual([])
    phone.readHot(88)
    expect(phone.transitions).toEqual(['raised 88'])
  })

  it('counts from the first of the readings that confirm a crossing', () => {
    const detect = '{ forecast: { metric: battery_health_pct, below: 80, within: 30d, window: 365d } }'
    const phone = new TestPhone(hotBatteryRule({ detect, for: '12h' }))
    for (const at of [0, 0.25, 0.5]) phone.read(at, { battery_health_pct: 76 })
    expect(phone.transitions).toEqual(['raised 0.5'])
  })
})

describe('a late reading', () => {
  const cases = [
    ['ignore', []],
    ['features', []],
    ['evaluate', ['raised 1']],
  ] as const

  it.each(cases)('with `late: %s` from a backlog', (late, transitions) => {
    const phone = new TestPhone(hotBatteryRule({ late }))
    phone.readHot(1, { hist: true })
    expect(phone.transitions).toEqual(transitions)
  })

  it.each(cases)('with `late: %s`, older than the newest one', (late, transitions) => {
    const phone = new TestPhone(hotBatteryRule({ late }))
    phone.readCool(2)
    phone.readHot(1)
    expect(phone.transitions).toEqual(transitions)
  })

  it('with `late: features` updates the state but raises nothing', () => {
    const points = (late: string) => {
      const phone = new TestPhone(hotBatteryRule({ late }))
      phone.readHot(1, { hist: true })
      return phone.readHot(2)[0]?.evidence.points.length
    }
    expect(points('features')).toBe(2)
    expect(points('ignore')).toBe(1)
  })

  it('does not clear an active finding', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.readHot(2)
    phone.readCool(1)
    expect(phone.transitions).toEqual(['raised 2'])
  })

  it('that is a duplicate changes nothing', () => {
    const phone = new TestPhone(hotBatteryRule({ late: 'evaluate' }))
    phone.readHot(1)
    const before = phone.state
    expect(phone.readHot(1)).toEqual([])
    expect(phone.state).toEqual(before)
  })
})

describe('a replaced part', () => {
  it('begins a new epoch with fresh state', () => {
    const phone = new TestPhone(hotBatteryRule({ for: '24h' }))
    for (const at of [0, 0.5, 1]) phone.readHot(at)
    phone.replaceBattery(1.5)
    for (const at of [1.5, 2, 2.5]) phone.readHot(at)
    expect(phone.transitions).toEqual(['raised 1', 'cleared 1.5', 'raised 2.5'])
    expect(phone.findings.map(({ epoch }) => epoch)).toEqual([0, 0, 1])
  })

  it('ignores later readings of the old part', () => {
    const phone = new TestPhone(hotBatteryRule({ late: 'evaluate' }))
    phone.replaceBattery(2)
    phone.readHot(1)
    expect(phone.transitions).toEqual([])
  })

  it('counts once: a duplicate or late replacement changes nothing', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.replaceBattery(2)
    phone.readHot(3)
    phone.replaceBattery(2)
    phone.replaceBattery(1)
    expect(phone.transitions).toEqual(['raised 3'])
    expect(phone.state?.epochs).toEqual({ battery: { number: 1, since: start + 2 * 86_400_000 } })
  })

  it('of a component that the kind does not have changes nothing', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.step({ type: 'part_replaced', device: phone.id, component: 'engine', ts: start })
    expect(phone.state?.epochs).toEqual({})
  })
})

describe('a changed rule file', () => {
  it('keeps active findings, with the new severity', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.readHot(1)
    phone.setRules(hotBatteryRule({ severity: 'critical' }))
    phone.readHot(2)
    phone.readCool(3)
    expect(phone.findings.map(({ state, severity }) => `${state} ${severity}`)).toEqual([
      'raised major',
      'updated critical',
      'cleared critical',
    ])
  })

  it('resets the state for another metric, and clears by that metric', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.readHot(1)
    phone.setRules(hotBatteryRule({ detect: '{ threshold: { metric: battery_health_pct, below: 80 } }' }))
    phone.readHot(2)
    phone.read(3, { battery_health_pct: 90 })
    expect(phone.transitions).toEqual(['raised 1', 'cleared 3'])
  })

  it('restarts `for`', () => {
    const phone = new TestPhone(hotBatteryRule({ for: '24h', clear: '40' }))
    phone.readHot(0)
    phone.setRules(hotBatteryRule({ for: '24h', clear: '41' }))
    for (const at of [0.5, 1]) phone.readHot(at)
    expect(phone.transitions).toEqual([])
    phone.readHot(1.5)
    expect(phone.transitions).toEqual(['raised 1.5'])
  })

  it('without a rule clears its finding and removes its state', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.readHot(1)
    phone.setRules()
    phone.readHot(2)
    phone.readHot(3)
    expect(phone.transitions).toEqual(['raised 1', 'cleared 2'])
    expect(phone.state?.rules).toEqual({})
  })
})

describe('an unknown device', () => {
  it('has no state until it is registered', () => {
    const phone = new TestPhone(hotBatteryRule())
    phone.state = undefined
    expect(phone.readHot(1)).toEqual([])
    expect(phone.state).toBeUndefined()
  })
})

describe('silence', () => {
  const silent = hotBatteryRule({
    rule: 'phone.silent',
    component: 'device',
    detect: '{ silence: { intervals: 4 } }',
  })
  const tick = (phone: TestPhone, days: number) => phone.step({ type: 'tick', at: start + days * 86_400_000 })

  it('is detected by ticks, and ends with the tick after a reading', () => {
    const phone = new TestPhone(silent)
    phone.readCool(1)
    for (const at of [1.5, 2, 2.5, 3]) tick(phone, at)
    phone.readCool(4)
    tick(phone, 4.5)
    expect(phone.transitions).toEqual(['raised 2.5', 'cleared 4.5'])
  })

  it('of a device without any reading counts from the first tick', () => {
    const phone = new TestPhone(silent)
    for (const at of [7, 7.5, 8, 8.5]) tick(phone, at)
    expect(phone.transitions).toEqual(['raised 8.5'])
  })

  it('goes by receipt time: an uploaded backlog ends it', () => {
    const phone = new TestPhone(silent)
    phone.readCool(1)
    const reading = { device: phone.id, ts: start, values: { battery_temp_c: 20 }, hist: true }
    phone.step({ type: 'reading', reading, receivedAt: start + 2 * 86_400_000 })
    tick(phone, 2.5)
    expect(phone.transitions).toEqual([])
  })

  it('ends with any other message, and is not moved back by an older one', () => {
    const phone = new TestPhone(silent)
    phone.readCool(1)
    phone.step({ type: 'heard', at: start + 2 * 86_400_000 })
    phone.step({ type: 'heard', at: start + 1.5 * 86_400_000 })
    for (const at of [2.5, 3]) tick(phone, at)
    expect(phone.transitions).toEqual([])
    tick(phone, 3.5)
    phone.step({ type: 'heard', at: start + 3.75 * 86_400_000 })
    tick(phone, 4)
    expect(phone.transitions).toEqual(['raised 3.5', 'cleared 4'])
  })

  it('allows three of its own intervals to a device that connects just before each reading', () => {
    const phone = new TestPhone(silent)
    for (const day of [0, 2, 4, 6, 8]) {
      phone.step({ type: 'heard', at: start + day * 86_400_000 - 500 })
      phone.readCool(day)
    }
    for (const at of [13.5, 14.5]) tick(phone, at)
    expect(phone.transitions).toEqual(['raised 14.5'])
  })

  it('returns the same state object when nothing changes, so that nothing is written', () => {
    const phone = new TestPhone(silent)
    tick(phone, 1)
    const engine = createEngine({ kinds: shippedKinds, rules: [parseRule(silent)] })
    const step = engine.step(phone.state, { type: 'tick', at: start + 1.1 * 86_400_000 })
    expect(step.state).toBe(phone.state)
  })

  it('needs ticks; a threshold does not', () => {
    const needs = (text: string) =>
      createEngine({ kinds: shippedKinds, rules: [parseRule(text)] }).needsTicks('phone')
    expect([needs(silent), needs(hotBatteryRule())]).toEqual([true, false])
  })
})
