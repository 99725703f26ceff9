import { expect, it, vi } from 'vitest'
import { dayMs, hourMs } from '../../../lib/time.ts'
import { start } from '../../../rules/testing/rules.ts'
import type { ReplayBound } from './device-replay.ts'
import type { Fleet } from './fleet.ts'
import { ReplaySchedule } from './replay-schedule.ts'

/** Run a replay of three days, from half past midnight. @returns hours of the models, and how far the devices were then */
async function learningHours({ contributesFromHour = 0, learns = true }): Promise<number[][]> {
  const hourOf = (at: number) => (at - start) / hourMs
  const learned: number[][] = []
  let bound: ReplayBound = { readings: start, ticks: start }
  const fleet = {
    learns,
    endWarmUp: vi.fn(async () => undefined),
    advance: async (to: ReplayBound) => {
      bound = to
    },
    learn: async (at: number) => {
      learned.push([hourOf(at), hourOf(bound.ticks), bound.readings - at])
      return hourOf(at) >= contributesFromHour
    },
  } satisfies Partial<Fleet>
  const begin = start + hourMs / 2
  const schedule = new ReplaySchedule(fleet as Partial<Fleet> as Fleet, { begin, from: begin })
  await schedule.advanceTo(start + 3 * dayMs, () => undefined)
  return learned
}

it('builds a fleet model each day, after the readings of the day before', async () => {
  expect(await learningHours({})).toEqual([
    [1, 1, 1],
    [24, 24, 1],
    [48, 48, 1],
  ])
})

it('tries each hour until the devices contribute something', async () => {
  const hours = (await learningHours({ contributesFromHour: 3 })).map(([hour]) => hour)
  expect(hours).toEqual([1, 2, 3, 24, 48])
})

it('builds none where the devices do not learn from each other', async () => {
  expect(await learningHours({ learns: false })).toEqual([])
})
