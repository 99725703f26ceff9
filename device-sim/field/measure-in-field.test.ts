import { describe, expect, it } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { buildAppliance } from '../appliances/build-appliance.ts'
import { usualConditions } from '../conditions/fleet-conditions.ts'
import { computeFleetGroundTruth, simulateDevice } from '../device-simulation.ts'
import { generateFleet } from '../household.ts'
import { fieldGauges } from './field-gauges.ts'
import { measureInField } from './measure-in-field.ts'

const from = Date.UTC(2025, 6, 1)
const until = from + 365 * dayMs
const specs = generateFleet(7, 40)
const conditions = { ...usualConditions, like: 'field' as const }

function* measured(kind: string) {
  const spec = specs.find((one) => one.kind === kind)
  if (spec === undefined) throw new Error(`no ${kind} in the fleet`)
  for (const event of measureInField(buildAppliance(7, spec).simulate(from), spec, `7/${spec.id}`)) {
    if (event.ts > until) return
    yield event
  }
}

describe('a fleet as in the field', () => {
  it('tells whole percents of a phone about once a month', () => {
    const values = [...measured('phone')].flatMap((event) => (event.type === 'reading' ? [event.values] : []))
    const health = values.flatMap(({ battery_health_pct: pct }) => (pct === undefined ? [] : [pct]))
    expect(health.length).toBeGreaterThanOrEqual(8)
    expect(health.length).toBeLessThanOrEqual(16)
    expect(health.every(Number.isInteger)).toBe(true)
    expect(values.some((one) => 'charge_counter_mah' in one)).toBe(false)
  })

  it('is silent for weeks, and gets another firmware', () => {
    let [longestMs, firmwares] = [0, 0]
    for (const spec of specs) {
      let last = from
      for (const message of simulateDevice(7, spec, from, { ...conditions, uplink: 'reliable' }).messages) {
        if (message.at > until) break
        if (message.type === 'announcement') firmwares += 1
        longestMs = Math.max(longestMs, message.at - last)
        last = message.at
      }
    }
    expect(longestMs).toBeGreaterThan(14 * dayMs)
    expect(firmwares).toBeGreaterThan(specs.length / 2)
    expect(firmwares).toBeLessThan(specs.length)
  })

  it('fails more often, by a second mode, and the ground truth tells when', async () => {
    const failures = async (like: 'easy' | 'field') => {
      const period = { from, until, conditions: { ...usualConditions, like } }
      const { devices } = await computeFleetGroundTruth(7, specs, period)
      return devices.flatMap(({ parts }) =>
        parts.flatMap(({ intervals }) => intervals.map((one) => one.crossedAt)),
      )
    }
    const [easy, field] = [await failures('easy'), await failures('field')]
    const count = (times: readonly (number | null)[]) => times.filter((at) => at !== null).length
    expect(count(field)).toBeGreaterThan(count(easy))
  })

  it.each(Object.entries(fieldGauges))('has gauges for metrics that a %s sends', (kind, gauges) => {
    const sentMetrics = [...measured(kind)].flatMap((event) =>
      event.type === 'reading' ? Object.keys(event.values) : [],
    )
    expect([...new Set(sentMetrics)]).toEqual(expect.arrayContaining(Object.keys(gauges)))
  })
})
