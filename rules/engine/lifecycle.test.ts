import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { hotBatteryRule, start, TestPhone } from '../testing/rules.ts'

/** One letter for each half of a day: hot, cool, mild (neither bad nor good), or `_` for no reading. */
const temperatures: Readonly<Record<string, number>> = { h: 50, c: 25, m: 43 }

function playTemperatures(phone: TestPhone, weather: string, from = 0): TestPhone {
  for (const [index, letter] of [...weather.replaceAll(' ', '')].entries()) {
    const celsius = temperatures[letter]
    if (celsius !== undefined) phone.read(from + index / 2, { battery_temp_c: celsius })
  }
  return phone
}

const phoneWith = (changes: Record<string, string>) =>
  new TestPhone(hotBatteryRule({ clear: '40', ...changes }))
const transitionsFor = (changes: Record<string, string>, weather: string) =>
  playTemperatures(phoneWith(changes), weather).transitions

describe('`hold`', () => {
  it('keeps a finding until readings were good for that long', () => {
    expect(transitionsFor({ hold: '2d' }, 'h cccccc')).toEqual(['raised 0', 'cleared 2.5'])
  })

  it('restarts after a bad reading or one between the limits', () => {
    expect(transitionsFor({ hold: '2d' }, 'h ccc h ccccc')).toEqual(['raised 0', 'cleared 4.5'])
    expect(transitionsFor({ hold: '2d' }, 'h ccc m ccccc')).toEqual(['raised 0', 'cleared 4.5'])
  })

  it('does not count a gap as still good', () => {
    expect(transitionsFor({ hold: '2d' }, 'h c______cccc')).toEqual(['raised 0'])
    expect(transitionsFor({ hold: '2d' }, 'h c______ccccc')).toEqual(['raised 0', 'cleared 6'])
  })

  it('ends when the part is replaced', () => {
    const phone = playTemperatures(phoneWith({ hold: '2d' }), 'h c')
    phone.replaceBattery(1)
    expect(playTemperatures(phone, 'c h', 1.5).transitions).toEqual(['raised 0', 'cleared 1', 'raised 2'])
  })

  it('restarts under a changed rule', () => {
    const phone = playTemperatures(phoneWith({ hold: '2d' }), 'h ccc')
    phone.setRules(hotBatteryRule({ clear: '40', hold: '1d' }))
    expect(playTemperatures(phone, 'cccc', 2).transitions).toEqual(['raised 0', 'cleared 3'])
  })
})

describe('`hold` of findings that return', () => {
  const hold = '{ for: 3d, raises: 3, within: 10d }'

  it('holds the third finding in a row: one that stays active, not a series', () => {
    expect(transitionsFor({ hold }, 'hc hc hc hc hc ccccc cc')).toEqual([
      'raised 0',
      'cleared 0.5',
      'raised 1',
      'cleared 1.5',
      'raised 2',
      'cleared 7.5',
    ])
  })

  it('does not hold findings that are raised rarely', () => {
    const rarely = 'hc cccccccccc'.repeat(4)
    expect(transitionsFor({ hold }, rarely).filter((step) => step.startsWith('cleared'))).toHaveLength(4)
  })

  it('holds a finding raised soon after, and none after a long quiet period', () => {
    const flapping = playTemperatures(phoneWith({ hold }), 'hc hc h ccccccc h ccccccc')
    expect(flapping.transitions.slice(-2)).toEqual(['raised 6', 'cleared 9.5'])
    const calm = playTemperatures(flapping, 'c'.repeat(40), 9.5)
    expect(playTemperatures(calm, 'hc', 29.5).transitions.slice(-2)).toEqual(['raised 29.5', 'cleared 30'])
  })

  it('counts within a month by default', () => {
    const weekly = `hc ${'c'.repeat(12)} `.repeat(3)
    expect(transitionsFor({ hold: '{ for: 14d, raises: 3 }' }, weekly + 'c'.repeat(13))).toEqual([
      'raised 0',
      'cleared 0.5',
      'raised 7',
      'cleared 7.5',
      'raised 14',
    ])
  })

  it('has no effect on a latched rule', () => {
    expect(transitionsFor({ hold, latch: 'true' }, 'hc hc hc hc cccccccc')).toEqual(['raised 0'])
  })

  it('is reset when the part is replaced', () => {
    const phone = playTemperatures(phoneWith({ hold }), 'hc h')
    phone.replaceBattery(1.25)
    expect(playTemperatures(phone, 'hc', 1.5).transitions.slice(-2)).toEqual(['raised 1.5', 'cleared 2'])
  })
})

describe('`repeat`', () => {
  const then = '{ notice: battery_hot, ticket: { sla: level2 } }'
  /** Days on which the owner is notified. */
  const notificationDays = (phone: TestPhone) =>
    phone.findings.filter(({ notice }) => notice !== undefined).map(({ at }) => (at - start) / dayMs)
  const raises = (phone: TestPhone) => phone.findings.filter(({ state }) => state === 'raised')

  it('limits notifications of the owner; the desk sees every finding', () => {
    const phone = playTemperatures(phoneWith({ repeat: '3d', then }), 'hc hc hc hc hc')
    expect(raises(phone).map(({ at }) => (at - start) / dayMs)).toEqual([0, 1, 2, 3, 4])
    expect(raises(phone).every(({ ticket }) => ticket?.sla === 'level2')).toBe(true)
    expect(notificationDays(phone).filter((at) => Number.isInteger(at))).toEqual([0, 3])
  })

  it('does not limit a higher severity', () => {
    const phone = playTemperatures(phoneWith({ repeat: '30d', then }), 'hc')
    const critical = hotBatteryRule({ clear: '40', repeat: '30d', then, severity: 'critical' })
    phone.setRules(critical)
    playTemperatures(phone, 'hchc', 1)
    expect(raises(phone).map(({ notice }) => notice)).toEqual(['battery_hot', 'battery_hot', undefined])
  })

  it('is reset when the part is replaced', () => {
    const phone = playTemperatures(phoneWith({ repeat: '30d', then }), 'h')
    phone.replaceBattery(1)
    playTemperatures(phone, 'h', 1.5)
    expect(raises(phone).map(({ notice }) => notice)).toEqual(['battery_hot', 'battery_hot'])
  })

  it('limits updates, but does not suppress them', () => {
    const wearing = (repeat: string) => {
      const detect = '{ forecast: { metric: battery_health_pct, below: 80, within: 60d, window: 30d } }'
      const phone = new TestPhone(hotBatteryRule({ detect, repeat, tests: '[{ name: x, expect: [] }]' }))
      for (let at = 0; at < 200; at++) {
        const slope = at % 60 < 30 ? 0.15 : 0.01
        phone.read(at, { battery_health_pct: 90 - slope * (at % 60) - Math.floor(at / 60) * 2 })
      }
      return phone.findings.filter(({ state }) => state !== 'cleared').map(({ at }) => at)
    }
    const often = wearing('0s')
    const seldom = wearing('21d')
    expect(often.length).toBeGreaterThan(seldom.length)
    expect(seldom.length).toBeGreaterThan(1)
  })
})

describe('`unless`', () => {
  const dead = hotBatteryRule({
    rule: 'phone.battery_dead',
    detect: '{ threshold: { metric: battery_health_pct, below: 20 } }',
    tests: '[{ name: x, expect: [] }]',
  })
  const hot = (changes: Record<string, string> = {}) =>
    hotBatteryRule({ unless: '[phone.battery_dead]', ...changes })
  const transitions = (phone: TestPhone) =>
    phone.findings.map(({ rule, state, at }) => `${rule.slice(14)} ${state} ${(at - start) / dayMs}`)

  it('raises nothing while the cause is active, and what is still bad once it is cleared', () => {
    // The dependent rule comes first in the list; its cause is evaluated before it all the same.
    const phone = new TestPhone(hot(), dead)
    phone.read(0, { battery_health_pct: 10, battery_temp_c: 50 })
    phone.read(1, { battery_temp_c: 50 })
    phone.read(2, { battery_health_pct: 90, battery_temp_c: 50 })
    expect(transitions(phone)).toEqual(['dead raised 0', 'dead cleared 2', 'hot raised 2'])
  })

  it('raises nothing for a condition that ended before the cause was cleared', () => {
    const phone = new TestPhone(hot(), dead)
    phone.read(0, { battery_health_pct: 10, battery_temp_c: 50 })
    phone.read(1, { battery_temp_c: 25 })
    phone.read(2, { battery_health_pct: 90, battery_temp_c: 25 })
    expect(transitions(phone)).toEqual(['dead raised 0', 'dead cleared 2'])
  })

  it('lets `for` run while the cause is active', () => {
    const phone = new TestPhone(hot({ for: '24h' }), dead)
    for (const at of [0, 0.5, 1, 1.5]) phone.read(at, { battery_health_pct: 10, battery_temp_c: 50 })
    phone.read(2, { battery_health_pct: 90, battery_temp_c: 50 })
    expect(transitions(phone)).toEqual(['dead raised 0', 'dead cleared 2', 'hot raised 2'])
  })

  it('does not affect a finding raised before the cause, latched or not', () => {
    for (const latch of ['true', 'false']) {
      const phone = new TestPhone(hot({ latch }), dead)
      phone.readHot(0)
      phone.read(1, { battery_health_pct: 10, battery_temp_c: 50 })
      phone.readCool(2)
      const cleared = latch === 'true' ? [] : ['hot cleared 2']
      expect(transitions(phone)).toEqual(['hot raised 0', 'dead raised 1', ...cleared])
    }
  })

  it('raises no forecast from readings that the cause explains, when it is cleared', () => {
    const wearing = hotBatteryRule({
      detect:
        '{ forecast: { metric: battery_temp_c, above: 45, within: 10d, window: 48d, learn_from: own } }',
      unless: '[phone.battery_dead]',
    })
    const repaired = (cooled: number) => {
      const phone = new TestPhone(wearing, dead)
      for (let at = 0; at < 30; at++)
        phone.read(at, { battery_health_pct: at < 5 ? 90 : 10, battery_temp_c: 20 + at })
      for (let at = 30; at < 40; at++) phone.read(at, { battery_health_pct: 90, battery_temp_c: cooled })
      return transitions(phone)
    }
    expect(repaired(20)).toEqual(['dead raised 5', 'dead cleared 30'])
    expect(repaired(50)).toEqual(['dead raised 5', 'dead cleared 30', 'hot raised 31'])
  })

  it('has no effect when the rule that it names does not run', () => {
    const phone = new TestPhone(hot())
    phone.readHot(0)
    expect(transitions(phone)).toEqual(['hot raised 0'])
  })

  it('inhibits a cause that has a cause itself', () => {
    const flat = hotBatteryRule({
      rule: 'phone.battery_flat',
      detect: '{ threshold: { metric: battery_health_pct, below: 5 } }',
      tests: '[{ name: x, expect: [] }]',
    })
    const phone = new TestPhone(hot(), `${dead}unless: [phone.battery_flat]\n`, flat)
    phone.read(0, { battery_health_pct: 1, battery_temp_c: 50 })
    // Only active findings inhibit: the dead battery was not raised itself.
    expect(transitions(phone)).toEqual(['flat raised 0', 'hot raised 0'])
  })
})

describe('for any sequence of readings', () => {
  const weathers = fc.string({ unit: fc.constantFrom('h', 'c', 'm', '_'), maxLength: 80 })
  const rules = fc.record({
    hold: fc.constantFrom(
      '0s',
      '1d',
      '3d',
      '{ for: 4d, raises: 2, within: 5d }',
      '{ for: 6d, raises: 3, within: 9d }',
    ),
    latch: fc.constantFrom('true', 'false'),
    for: fc.constantFrom('0s', '24h'),
    repeat: fc.constantFrom('0s', '7d'),
  })
  const then = '{ notice: battery_hot }'

  it('raised and cleared alternate, `repeat` is respected, and the state is bounded', () => {
    fc.assert(
      fc.property(weathers, rules, (weather, rule) => {
        const phone = playTemperatures(phoneWith({ ...rule, then }), weather)
        const turns = phone.findings.map(({ state }) => state).filter((state) => state !== 'updated')
        expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'raised' : 'cleared')))
        const notified = phone.findings.filter(
          ({ state, notice }) => state === 'raised' && notice !== undefined,
        )
        const minIntervalMs = rule.repeat === '7d' ? 7 * dayMs : 0
        for (const [index, { at }] of notified.slice(1).entries()) {
          expect(at - (notified[index]?.at ?? 0)).toBeGreaterThanOrEqual(minIntervalMs)
        }
        expect(phone.state?.rules['phone.battery_hot']?.recentRaises?.length ?? 0).toBeLessThanOrEqual(3)
      }),
    )
  })

  it('damping never raises more findings, and none is cleared by a bad reading', () => {
    fc.assert(
      fc.property(weathers, fc.constantFrom('2d', '{ for: 4d, raises: 2, within: 9d }'), (weather, hold) => {
        const count = (phone: TestPhone) => phone.findings.filter(({ state }) => state === 'raised').length
        const plain = playTemperatures(phoneWith({}), weather)
        const damped = playTemperatures(phoneWith({ hold }), weather)
        expect(count(damped)).toBeLessThanOrEqual(count(plain))
        const clears = damped.findings.filter(({ state }) => state === 'cleared')
        expect(clears.every(({ evidence }) => (evidence.value ?? 0) <= 40)).toBe(true)
      }),
    )
  })
})
