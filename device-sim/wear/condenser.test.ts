import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { foulCondenser, foulingFactor, foulingLimit, usedCondenser, washCondenser } from './condenser.ts'

const clean = { hours: 0, maxFoulingShare: 0.4, timeConstantHours: 2000 }

it('fouls fast at first and then ever slower, towards a limit', () => {
  const at = (hours: number) => foulingFactor({ ...clean, hours })
  expect(at(0)).toBe(1)
  // 1 + 0.4 (1 − 1/e)
  expect(at(2000)).toBeCloseTo(1.2528, 4)
  expect(at(1e6)).toBeCloseTo(1.4, 9)
  expect(at(1000) - at(0)).toBeGreaterThan(at(2000) - at(1000))
})

it('grows with the hours, and recovers when washed', () => {
  const random = new Random('foul')
  let condenser = clean
  for (let hour = 0; hour < 2000; hour++) condenser = foulCondenser(condenser, 1, random)
  expect(Math.abs(condenser.hours - 2000)).toBeLessThan(100)
  expect(foulingFactor(washCondenser(condenser))).toBeLessThan(1.05)
})

it('is within its limit when the simulation starts', () => {
  const random = new Random('used')
  for (let unit = 0; unit < 300; unit++)
    expect(foulingFactor(usedCondenser(random))).toBeLessThan(foulingLimit)
})
