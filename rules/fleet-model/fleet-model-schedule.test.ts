import { expect, it } from 'vitest'
import { dayMs, hourMs } from '../../lib/time.ts'
import { start } from '../testing/rules.ts'
import { nextFleetModelAt } from './fleet-model-schedule.ts'

it('has a model at the start of each day, whenever the last one was built', () => {
  for (const hours of [0, 1, 7.5, 23.9])
    expect(nextFleetModelAt(start + hours * hourMs, true)).toBe(start + dayMs)
})

it('tries again an hour later where the fleet contributed nothing', () => {
  expect(nextFleetModelAt(start + 7.5 * hourMs, false)).toBe(start + 8.5 * hourMs)
})
