import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { type Anode, anodeCurrentMa, corrodeAnode, depletedCurrentMa, usedAnode } from './anode.ts'

const fresh: Anode = { newMa: 5, radius: 1, lifeYears: 4, conductivityUsCm: 500 }

it('protects in proportion to its surface and to the conductivity of the water', () => {
  expect(anodeCurrentMa(fresh, 500)).toBe(5)
  expect(anodeCurrentMa({ ...fresh, radius: 0.5 }, 500)).toBe(2.5)
  expect(anodeCurrentMa(fresh, 250)).toBe(2.5)
})

it('corrodes evenly, faster in conductive and in hot water', () => {
  const random = new Random('anode')
  const radiusAfter = (years: number, conductivityUsCm: number, waterC: number) => {
    let anode: Anode = { ...fresh, conductivityUsCm }
    for (let day = 0; day < years * 365; day++) anode = corrodeAnode(anode, { days: 1, waterC }, random)
    return anode.radius
  }
  expect(radiusAfter(1, 500, 55)).toBeCloseTo(0.75, 1)
  expect(radiusAfter(2, 500, 55)).toBeCloseTo(0.5, 1)
  expect(radiusAfter(1, 1000, 55)).toBeCloseTo(0.5, 1)
  expect(radiusAfter(1, 500, 65)).toBeLessThan(0.72)
  expect(radiusAfter(9, 500, 55)).toBe(0)
})

it('protects when the simulation starts, in any water', () => {
  const random = new Random('used')
  for (const conductivity of [120, 450, 1200]) {
    for (let unit = 0; unit < 100; unit++) {
      expect(anodeCurrentMa(usedAnode(conductivity, random), conductivity)).toBeGreaterThan(depletedCurrentMa)
    }
  }
})
