import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { agedLeadAcid, crankingV, restV, weakCrankingV } from './lead-acid.ts'

const fresh = { fullV: 12.6, newDropV: 1.6, wear: 0, lifeYears: 5 }

it('holds 11 V when new, 9.6 V at its end, and less in the cold', () => {
  expect(crankingV(fresh, 20)).toBeCloseTo(11, 9)
  expect(crankingV({ ...fresh, wear: 1 }, 20)).toBeCloseTo(weakCrankingV, 9)
  // 12.6 − 1.6 · 1.24
  expect(crankingV(fresh, -10)).toBeCloseTo(10.616, 9)
  expect(restV({ ...fresh, wear: 0.8 }, 1)).toBeLessThan(restV(fresh, 1))
})

it('lives for about its years at 15 °C, half of them at 25 °C, and less when it stands', () => {
  const random = new Random('lead')
  const wearOf = (use: { tempC: number; driven: boolean }) => {
    let battery = fresh
    for (let day = 0; day < 730; day++) battery = agedLeadAcid(battery, { days: 1, ...use }, random)
    return battery.wear
  }
  expect(wearOf({ tempC: 15, driven: true })).toBeCloseTo(0.4, 1)
  expect(wearOf({ tempC: 25, driven: true })).toBeCloseTo(0.8, 1)
  expect(wearOf({ tempC: 15, driven: false })).toBeCloseTo(0.56, 1)
})
