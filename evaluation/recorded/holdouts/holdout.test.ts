import { describe, expect, it } from 'vitest'
import type { Lifetime } from '../../../contract/lifetime.ts'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { forewarn } from '../methods.ts'
import { dayUnit, type RecordedLifetime } from '../prognosis-dataset.ts'
import { decliningLifetime } from '../testing/lifetimes.ts'
import { createHoldouts } from './holdout.ts'
import { runHoldouts } from './holdout-runs.ts'

const day = dayUnit.ms
const limit = createLimit({ below: 80 })

function unit(name: string, cohort: Lifetime['cohort'], from = 0): RecordedLifetime {
  const recorded = decliningLifetime(name)
  const points = recorded.lifetime.points.map(([ts, value]) => [ts + from * day, value] as const)
  return { ...recorded, lifetime: { ...recorded.lifetime, cohort, points } }
}

const lifetimes = [
  unit('a', { size: 1, dust: 'x' }),
  unit('b', { size: 1, dust: 'x' }),
  unit('c', { size: 1, dust: 'y' }),
  unit('d', { size: 2, dust: 'x' }),
]

function namesLeft(
  units: readonly RecordedLifetime[],
  own: RecordedLifetime,
  at = 0,
): Record<string, string> {
  const holdouts = createHoldouts([{ limit, lifetimes: units }], true)
  const nameOf = (life: Lifetime) =>
    units.find(
      (one) => one.lifetime.points[0]?.[1] === life.points[0]?.[1] && one.lifetime.cohort === life.cohort,
    )?.unit ?? ''
  return Object.fromEntries(
    holdouts.map((holdout) => [
      holdout.name,
      holdout.trainingFor({ recorded: own, limit })(at).map(nameOf).join(''),
    ]),
  )
}

describe('the training data', () => {
  it('lack the unit, its cohort, or all that share a value of it', () => {
    expect(namesLeft(lifetimes, unit('a', { size: 1, dust: 'x' }))).toEqual({
      leaveUnit: 'bcd',
      causal: 'bcd',
      leaveCohort: 'cd',
      'leave size': 'd',
      'leave dust': 'c',
    })
  })

  it('lack only the unit where the cohorts have no keys', () => {
    const units = [unit('a', {}), unit('b', {})]
    expect(namesLeft(units, unit('a', {}))).toEqual({ leaveUnit: 'b', causal: 'b', leaveCohort: 'b' })
  })

  it('are cut at the time of the forecast, without those that had not begun', () => {
    const units = [unit('a', {}), unit('b', {}), unit('c', {}, 40)]
    const [, causal] = createHoldouts([{ limit, lifetimes: units }], true)
    const known = causal?.trainingFor({ recorded: unit('a', {}), limit })(12 * day)
    expect(known?.map(({ points }) => points.at(-1)?.[0])).toEqual([12 * day])
  })

  it('are the same array for the same lifetimes, which a model is fitted to once', () => {
    const [leaveUnit] = createHoldouts([{ limit, lifetimes }], false)
    const training = () => leaveUnit.trainingFor({ recorded: unit('a', {}), limit })(0)
    expect(training()).toBe(training())
  })
})

describe('the runs', () => {
  const runsOf = (units: readonly RecordedLifetime[], isOnCalendar: boolean) =>
    runHoldouts(
      units.map((recorded) => ({ recorded, limit })),
      createHoldouts([{ limit, lifetimes: units }], isOnCalendar),
      { forewarn },
      () => undefined,
    )

  it('are made once for hold-outs that leave out the same', () => {
    const units = [unit('a', { model: 1, kind: 'p' }), unit('b', { model: 2, kind: 'p' })]
    expect(runsOf(units, true).map(({ name }) => name)).toEqual(['leaveUnit', 'causal', 'leave kind'])
    expect(runsOf(units, false)[0]?.title).toBe('the unit, its cohort, its model')
    expect(runsOf(units, false).map(({ name }) => name)).toEqual(['leaveUnit', 'leave kind'])
  })

  it('leave out lifetimes without an event', () => {
    const { event: _, ...open } = unit('open', {})
    const [usual] = runsOf([open, unit('b', {})], false)
    expect(usual?.runs.map(({ recorded }) => recorded.unit)).toEqual(['b'])
  })
})
