import { describe, expect, it } from 'vitest'
import type { Lifetime } from '../../../contract/lifetime.ts'
import { createLimit } from '../../../rules/detectors/limit.ts'
import type { ForecastAnswer } from '../figures/scored-forecast.ts'
import { createBaselines } from './baselines.ts'
import { meanOfAnswers, sampleQuantile } from './interval.ts'

const limit = createLimit({ below: 80 })

/** Falls by one in `pace`, from 84 at 0 to 79. */
function fall(pace: number): Lifetime {
  return { cohort: {}, startedAt: 0, points: [84, 83, 82, 81, 80, 79].map((value, n) => [n * pace, value]) }
}

const until = (life: Lifetime, now: number): Lifetime => ({
  ...life,
  points: life.points.filter(([ts]) => ts <= now),
})

function ask(
  name: string,
  own: Lifetime,
  peers: readonly Lifetime[],
  step?: number,
): ForecastAnswer | undefined {
  const methods = createBaselines({ windowMs: 250, sameCohort: [], ...(step === undefined ? {} : { step }) })
  return methods[name]?.(own, peers, { limit, now: own.points.at(-1)?.[0] ?? 0 })
}

it('a sample quantile is at rank p (n + 1), within the sample', () => {
  const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  expect([0.1, 0.5, 0.9].map((p) => sampleQuantile(nine, p))).toEqual([1, 5, 9])
  expect(sampleQuantile([1, 2, 4], 0.5)).toBe(2)
  expect(sampleQuantile([1, 2, 3, 5], 0.7)).toBe(4)
  expect(sampleQuantile([3], 0.9)).toBe(3)
})

describe('the dwell sum', () => {
  it('has the spread of the others’ pace as its interval', () => {
    const own = until(fall(100), 200)
    const answer = ask('dwellSum', own, [fall(100), fall(300)], 1)
    expect(answer).toEqual({ is: 'date', p10: 200 + 300, p50: 200 + 600, p90: 200 + 900 })
  })

  it('of a level without steps ends at the crossing', () => {
    const answer = ask('dwellSum', until(fall(100), 200), [fall(200), fall(200)])
    expect(answer).toMatchObject({ is: 'date', p50: 200 + 600 })
  })
})

describe('Kaplan–Meier by age', () => {
  const ended = [1000, 2000, 3000, 4000].map((end) => fall(end / 5))

  it('gives the quantiles of those that lived to this age', () => {
    const own: Lifetime = { cohort: {}, startedAt: 0, points: [[1500, 82]] }
    expect(ask('kaplanMeier', own, ended)).toEqual({ is: 'date', p10: 2000, p50: 3000, p90: 4000 })
  })

  it('counts the oldest running lifetime as failed where the curve ends before', () => {
    const running = until(fall(2000), 9000)
    const own: Lifetime = { cohort: {}, startedAt: 0, points: [[3500, 82]] }
    expect(ask('kaplanMeier', own, [...ended, running])).toMatchObject({ p10: 4000, p50: 4000, p90: 8000 })
  })

  it('has no date without an age, without an end, and beyond the oldest', () => {
    const own: Lifetime = { cohort: {}, startedAt: 0, points: [[5000, 82]] }
    expect(ask('kaplanMeier', own, ended)).toEqual({ is: 'withheld', why: 'older_than_peers' })
    expect(ask('kaplanMeier', own, [until(fall(900), 1800)])).toEqual({ is: 'withheld', why: 'no_peers' })
    const { startedAt: _, ...ageless } = own
    expect(ask('kaplanMeier', ageless, ended)).toEqual({ is: 'withheld', why: 'no_age' })
  })
})

describe('the most similar lifetimes', () => {
  it('are those of the same slope at the best shift, not those of the same age', () => {
    const own = until(fall(100), 200)
    const late: Lifetime = {
      cohort: {},
      startedAt: 0,
      points: [[0, 84], ...fall(100).points.map(([ts, value]): [number, number] => [ts + 1000, value])],
    }
    const answer = ask('similarity', own, [late, late, late, ...Array(6).fill(fall(900))])
    expect(answer).toEqual({ is: 'date', p10: 500, p50: 500, p90: 500 })
  })

  it('must have reached the limit', () => {
    const own = until(fall(100), 200)
    expect(ask('similarity', own, [until(fall(100), 400)])).toEqual({ is: 'withheld', why: 'no_peers' })
  })
})

it('the mean of two answers has the mean bounds where both have them', () => {
  const [one, other] = [
    { is: 'date', p10: 1, p50: 2, p90: 3 },
    { is: 'date', p10: 3, p50: 6, p90: 9 },
  ] as const
  expect(meanOfAnswers(one, other)).toEqual({ is: 'date', p10: 2, p50: 4, p90: 6 })
  expect(meanOfAnswers(one, { is: 'date', p50: 6 })).toEqual({ is: 'date', p50: 4 })
  const withheld = { is: 'withheld', why: 'no_peers' } as const
  expect(meanOfAnswers(one, withheld)).toEqual(withheld)
})
