import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { ageSeal, dutyLimitPct, leakShare, sealDutyPct, usedSeal } from './door-seal.ts'

const tight = { compressionSet: 0, lifeYears: 10, baselineDutyPct: 35 }

it('leaks with the cube of its gap', () => {
  expect(sealDutyPct(tight)).toBe(35)
  expect(leakShare({ ...tight, compressionSet: 0.5 })).toBeCloseTo(0.09, 9)
  expect(leakShare({ ...tight, compressionSet: 1 })).toBeCloseTo(0.72, 9)
  expect(sealDutyPct({ ...tight, compressionSet: 1 })).toBeGreaterThan(dutyLimitPct)
})

it('lives for about its years', () => {
  const random = new Random('seal')
  let seal = tight
  for (let day = 0; day < 3650; day++) seal = ageSeal(seal, 1, random)
  expect(Math.abs(seal.compressionSet - 1)).toBeLessThan(0.1)
})

it('starts used seals at different ages', () => {
  const random = new Random('used')
  const duties = Array.from({ length: 200 }, () => sealDutyPct(usedSeal(random)))
  expect(Math.min(...duties)).toBeLessThan(40)
  expect(Math.max(...duties)).toBeGreaterThan(50)
})
