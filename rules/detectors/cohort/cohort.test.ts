import { describe, expect, it } from 'vitest'
import { type CohortStats, cohortKey, type FleetModel } from '../../../contract/fleet-model.ts'
import { dayMs } from '../../../lib/time.ts'
import { createEngine } from '../../engine/create-engine.ts'
import { cohortDevices } from '../../fleet-model/cohort-devices.ts'
import { FleetModelBuilder } from '../../fleet-model/fleet-model-builder.ts'
import { hotBatteryRule, parseRule, shippedKinds, start } from '../../testing/rules.ts'
import { robustDeviation, selectCohort } from './cohort-comparison.ts'

const peers = (more: Partial<CohortStats>): CohortStats => ({
  devices: 50,
  q10: 90,
  q50: 100,
  q90: 120,
  firstSeenAt: 0,
  lastSeenAt: 0,
  ...more,
})

describe('the peers of a device', () => {
  const cohorts = [
    peers({ q50: 1 }),
    peers({ q50: 2, model: 'RV-20' }),
    peers({ q50: 3, model: 'RV-20', firmware: '1.0' }),
    peers({ q50: 4, model: 'RV-20', firmware: '2.0', devices: 3 }),
    peers({ q50: 5, model: 'RV-20', firmware: '1.0', bin: 'runtime_h 0..200' }),
  ]
  const medianFor = (device: { model?: string; firmware?: string }, bin?: string) =>
    selectCohort(cohorts, device, { bin, least: 10 })?.q50

  it('are those of its firmware, where there are enough', () => {
    expect(medianFor({ model: 'RV-20', firmware: '1.0' })).toBe(3)
  })

  it('are those of its model, where its firmware has few', () => {
    expect(medianFor({ model: 'RV-20', firmware: '2.0' })).toBe(2)
  })

  it('are none while its firmware is unknown to the fleet model', () => {
    expect(medianFor({ model: 'RV-20', firmware: '3.0' })).toBeUndefined()
  })

  it('are those of the kind, for a device without a model', () => {
    expect(medianFor({})).toBe(1)
  })

  it('are at the same load', () => {
    expect(medianFor({ model: 'RV-20', firmware: '1.0' }, 'runtime_h 0..200')).toBe(5)
    expect(medianFor({ model: 'RV-20', firmware: '1.0' }, 'runtime_h 200..400')).toBeUndefined()
  })
})

describe('the distance from the peers', () => {
  it('is measured by the spread of its side', () => {
    expect(robustDeviation(140, peers({}), 'higher')).toBeCloseTo(2 * 1.2816)
    expect(robustDeviation(80, peers({}), 'lower')).toBeCloseTo(2 * 1.2816)
    expect(robustDeviation(80, peers({}), 'higher')).toBeLessThan(0)
    expect(robustDeviation(140, peers({}), 'both')).toBeCloseTo(2 * 1.2816)
  })

  it('from identical peers is finite', () => {
    expect(robustDeviation(103, peers({ q10: 100, q90: 100 }), 'higher')).toBeCloseTo(3 * 1.2816)
  })
})

describe('a fleet model built from a fleet', () => {
  const rule = parseRule(hotBatteryRule({ detect: '{ cohort: { metric: battery_temp_c, side: higher } }' }))
  const engine = createEngine({ kinds: shippedKinds, rules: [rule] })

  it('shows a hot phone as an outlier', () => {
    const gathering = new FleetModelBuilder(engine)
    const states = Array.from({ length: 40 }, (_, n) => phoneAt(`phone-${n}`, 20 + (n % 10)))
    for (const state of states) if (state) gathering.add(state)
    const fleetModel = gathering.build(start + 5 * dayMs)
    expect(fleetModel.cohortStats[cohortKey('phone', 'battery_temp_c')]).toHaveLength(3)
    const hot = phoneAt('phone-hot', 60)
    const reading = { device: 'phone-hot', ts: start + 6 * dayMs, values: { battery_temp_c: 60 } }
    const { findings } = engine.step(hot, { type: 'reading', reading }, fleetModel)
    expect(findings).toMatchObject([
      { state: 'raised', evidence: { value: 60, baseline: 24.5, peers: { devices: 40 } } },
    ])
  })

  it('shows the shift of a whole firmware once, and no device as an outlier', () => {
    const modelOf = (firmware: string, temperature: number, at: number, before?: FleetModel) => {
      const gathering = new FleetModelBuilder(engine)
      for (let n = 0; n < 40; n++) {
        const state = phoneAt(`phone-${n}`, temperature + (n % 10), firmware)
        if (state) gathering.add(state)
      }
      return gathering.build(at, before)
    }
    const old = modelOf('1', 20, start + 5 * dayMs)
    const updated = modelOf('2', 40, start + 6 * dayMs, old)
    const cohorts = cohortDevices(updated)
    expect(cohorts.map(({ id }) => id)).toEqual(['fleet:phone/P1/1', 'fleet:phone/P1/2'])
    const found = cohorts.flatMap((device) => {
      const { state } = engine.step(undefined, { type: 'device', device })
      const first = engine.step(state, { type: 'fleet_model', at: start + 6 * dayMs }, updated)
      const again = engine.step(first.state, { type: 'fleet_model', at: start + 7 * dayMs }, updated)
      return [...first.findings, ...again.findings]
    })
    expect(found).toMatchObject([
      {
        device: 'fleet:phone/P1/2',
        state: 'raised',
        evidence: { value: 44.5, baseline: 24.5, peers: { devices: 40 } },
      },
    ])
    expect(found[0]?.notice ?? found[0]?.ticket).toBeUndefined()
    const reading = { device: 'phone-0', ts: start + 6 * dayMs, values: { battery_temp_c: 41 } }
    const one = engine.step(phoneAt('phone-0', 41, '2'), { type: 'reading', reading }, updated)
    expect(one.findings).toEqual([])
  })

  function phoneAt(id: string, temperature: number, firmware = '1') {
    let { state } = engine.step(undefined, {
      type: 'device',
      device: { id, kind: 'phone', model: 'P1', firmware },
    })
    for (const n of [0, 1, 2, 3]) {
      const reading = { device: id, ts: start + n * dayMs, values: { battery_temp_c: temperature } }
      state = engine.step(state, { type: 'reading', reading }).state
    }
    return state
  }
})
