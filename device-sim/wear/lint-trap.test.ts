import { expect, it } from 'vitest'
import { Random } from '../random.ts'
import { accumulateLint, clearTrap, cloggedDrainTimeS, drainTimeS } from './lint-trap.ts'

const clear = { clearDrainTimeS: 60, lint: 0, loadsToClog: 160 }

it('drains more slowly the less of the opening is free', () => {
  expect(drainTimeS(clear)).toBe(60)
  // 60 s / (1 − 0.6 · 0.5)
  expect(drainTimeS({ ...clear, lint: 0.5 })).toBeCloseTo(85.7, 1)
  expect(drainTimeS({ ...clear, lint: 1 })).toBeCloseTo(cloggedDrainTimeS, 9)
  expect(drainTimeS({ ...clear, lint: 9 })).toBeLessThan(600)
})

it('clogs in about its number of loads, and is free again when cleared', () => {
  const random = new Random('lint')
  let trap = clear
  for (let load = 0; load < 160; load++) trap = accumulateLint(trap, random)
  expect(Math.abs(trap.lint - 1)).toBeLessThan(0.2)
  expect(drainTimeS(clearTrap(trap))).toBeLessThan(63)
})
