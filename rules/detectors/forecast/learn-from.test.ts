import { describe, expect, it } from 'vitest'
import { emptyFleetModel, lifetimeKey } from '../../../contract/fleet-model.ts'
import type { Lifetime } from '../../../contract/lifetime.ts'
import { dayMs } from '../../../lib/time.ts'
import { hotBatteryRule, parseRule, shippedKinds, start, TestPhone } from '../../testing/rules.ts'
import type { Assessment, EvaluationContext } from '../detector.ts'

const rule = parseRule(`
rule: phone.battery_old
kind: phone
component: battery
detect: { forecast: { metric: battery_health_pct, below: 80, within: 60d, learn_from: fleet } }
severity: minor
tests: [{ name: none, series: { battery_health_pct: "100x4 every 1d" }, expect: [] }]
`)
const kind = shippedKinds.get('phone')
const watch = kind && rule.detect.createEvaluator({ kind, component: 'battery', clear: undefined, path: [] })

/** Battery that loses one percent in the given number of days. */
const worn = (unit: string, days: number): Lifetime => ({
  partId: unit,
  cohort: {},
  startedAt: start,
  points: Array.from({ length: 22 }, (_, n) => [start + n * days * dayMs, 100 - n] as const),
})

function verdictOf(
  values: readonly number[],
  lives: readonly Lifetime[],
  unit = 'phone-1/0',
): Assessment | undefined {
  const circumstances: EvaluationContext = {
    device: { id: 'phone-1', kind: 'phone' },
    part: { partId: unit, cohort: {} },
    fleetModel: {
      ...emptyFleetModel,
      lifetimes: { [lifetimeKey('phone', 'battery', 'battery_health_pct')]: lives },
    },
  }
  const memory = watch?.createMemory()
  let assessment: Assessment | undefined
  for (const [at, value] of values.entries()) {
    const sample = { ts: start + at * 10 * dayMs, values: { battery_health_pct: value } }
    assessment = watch?.onSample(memory, sample, circumstances)
  }
  return assessment
}

describe('learn_from: fleet', () => {
  it('forecasts from three readings by the lifetimes of others', () => {
    const assessment = verdictOf([81, 81, 81], [worn('a', 10), worn('b', 12), worn('c', 11)])
    expect(assessment?.is).toBe('bad')
  })

  it('is not raised where the others lasted long from here', () => {
    expect(verdictOf([90, 90, 90], [worn('a', 60), worn('b', 70)])?.is).toBe('good')
  })

  it('is unknown without others, and never uses a lifetime to forecast itself', () => {
    expect(verdictOf([81, 81, 81], [])?.is).toBe('unknown')
    expect(verdictOf([81, 81, 81], [worn('phone-1/0', 10)])?.is).toBe('unknown')
  })
})

it.each(['own', 'both'])(
  'learn_from: %s, with other lifetimes that lost ten times as much each day',
  (from) => {
    const keys = `metric: battery_health_pct, below: 80, within: 14d, window: 120d, learn_from: ${from}`
    const phone = new TestPhone(hotBatteryRule({ detect: `{ forecast: { ${keys} } }` }))
    phone.fleetModel = {
      ...emptyFleetModel,
      lifetimes: {
        [lifetimeKey('phone', 'battery', 'battery_health_pct')]: ['a', 'b', 'c'].map((unit) => worn(unit, 1)),
      },
    }
    for (let at = 0; at < 60; at++) phone.read(at, { battery_health_pct: 90 - 0.1 * at })
    expect(phone.findings.some(({ state }) => state === 'raised')).toBe(from === 'both')
  },
)
