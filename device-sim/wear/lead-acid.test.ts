import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { ageLeadAcid, crankingLimitV, crankingVoltageV, restingVoltageV } from './lead-acid.ts'

const fresh = { fullV: 12.6, initialDropV: 1.6, wear: 0, lifeYears: 5 }

it('holds 11 V when new, 9.6 V at its end, and less in the cold', () => {
  expect(crankingVoltageV(fresh, 20)).toBeCloseTo(11, 9)
  expect(crankingVoltageV({ ...fresh, wear: 1 }, 20)).toBeCloseTo(crankingLimitV, 9)
  // 12.6 − 1.6 · 1.24
  expect(crankingVoltageV(fresh, -10)).toBeCloseTo(10.616, 9)
  expect(restingVoltageV({ ...fresh, wear: 0.8 }, 1)).toBeLessThan(restingVoltageV(fresh, 1))
})

it('lasts for about its years at 15 °C, half of them at 25 °C, and less when it is not driven', () => {
  const random = new Random('lead')
  const wearOf = (use: { tempC: number; driven: boolean }) => {
    let battery = fresh
    for (let day = 0; day < 730; day++) battery = ageLeadAcid(battery, { days: 1, ...use }, random)
    return battery.wear
  }
  expect(wearOf({ tempC: 15, driven: true })).toBeCloseTo(0.4, 1)
  expect(wearOf({ tempC: 25, driven: true })).toBeCloseTo(0.8, 1)
  expect(wearOf({ tempC: 15, driven: false })).toBeCloseTo(0.56, 1)
})
