import { describe, expect, it } from 'vitest'
import type { Lifetime } from '../../../contract/lifetime.ts'
import { createLimit } from '../../../rules/detectors/limit.ts'
import { createBaselines } from './baselines.ts'
import { firstPassageAt } from './first-passage.ts'
import type { ForecastMethod } from './forecast-method.ts'

const limit = createLimit({ below: 80 })

/** Falls by one in `pace`, from 84 at 0 to 79. */
function fall(pace: number, cohort: Lifetime['cohort'] = {}): Lifetime {
  return { cohort, startedAt: 0, points: [84, 83, 82, 81, 80, 79].map((value, n) => [n * pace, value]) }
}

const until = (life: Lifetime, now: number): Lifetime => ({
  ...life,
  points: life.points.filter(([ts]) => ts <= now),
})

function ask(name: string, own: Lifetime, peers: readonly Lifetime[]): ReturnType<ForecastMethod> {
  const methods = createBaselines({ windowMs: 250, sameCohort: ['model'], step: 1 })
  const now = own.points.at(-1)?.[0] ?? 0
  return methods[name]?.(own, peers, { limit, now }) ?? { is: 'withheld', why: 'no such method' }
}

describe('lines', () => {
  const bent: Lifetime = {
    cohort: {},
    points: [
      [0, 96],
      [100, 92],
      [200, 88],
      [300, 86],
      [400, 84],
    ],
  }

  it('through a recent window follow the recent slope', () => {
    expect(ask('linearWindow', bent, [])).toEqual({ is: 'date', p50: 600 })
  })

  it('through all points follow the whole lifetime', () => {
    expect(ask('linearAll', bent, [])).toMatchObject({ is: 'date', p50: expect.closeTo(506.7, 1) })
    expect(ask('theilSen', bent, [])).toMatchObject({ is: 'date', p50: expect.closeTo(500) })
  })

  it('withhold a date without wear, and predict now when the limit is crossed', () => {
    const steady: Lifetime = { cohort: {}, points: bent.points.map(([ts]) => [ts, 90]) }
    expect(ask('linearAll', steady, [])).toEqual({ is: 'withheld', why: 'no_wear' })
    const worn: Lifetime = { cohort: {}, points: bent.points.map(([ts]) => [ts, 70]) }
    expect(ask('linearAll', worn, [])).toEqual({ is: 'date', p50: 400 })
  })
})

describe('the times of peers', () => {
  const own = until(fall(100), 200)
  const peers = [fall(100), fall(200), fall(400)]

  it('from this level: the median, from 82 to 79', () => {
    expect(ask('peersFromLevel', own, peers)).toEqual({ is: 'date', p50: 200 + 3 * 200 })
  })

  it('from begin to end: the mean, less the age', () => {
    expect(ask('meanLife', own, peers)).toMatchObject({
      is: 'date',
      p50: expect.closeTo((500 + 1000 + 2000) / 3),
    })
  })

  it('of both, by how much of the margin is used: half', () => {
    expect(ask('lifeAndLevel', own, peers)).toMatchObject({
      is: 'date',
      p50: expect.closeTo((1166.67 + 800) / 2, 1),
    })
  })

  it('at each step to come, less half of the time at this one', () => {
    const stayed: Lifetime = { ...own, points: [...own.points, [300, 82]] }
    expect(ask('dwellSum', stayed, [fall(100), fall(300)])).toMatchObject({
      is: 'date',
      p50: 300 + 3 * 200 - 50,
    })
  })

  it('come from the same cohort, if it has any', () => {
    const mine = { ...own, cohort: { model: 'x' } }
    expect(ask('peersFromLevel', mine, [fall(100), fall(400, { model: 'x' })])).toEqual({
      is: 'date',
      p50: 1400,
    })
  })

  it('are unknown without peers, or without one that reached the limit', () => {
    const running = until(fall(100), 300)
    for (const name of ['peersFromLevel', 'meanLife', 'lifeAndLevel', 'dwellSum']) {
      expect(ask(name, own, [])).toEqual({ is: 'withheld', why: 'no_peers' })
      expect(ask(name, own, [running])).toEqual({ is: 'withheld', why: 'no_peers' })
    }
  })

  it('need the age for the mean life', () => {
    const { startedAt: _, ...ageless } = own
    expect(ask('meanLife', ageless, peers)).toEqual({ is: 'withheld', why: 'no_age' })
  })
})

it('a passage is interpolated between two points, and unknown for a lifetime that began beyond it', () => {
  const { points } = fall(100)
  expect(firstPassageAt(points, limit, 2.5)).toBe(150)
  expect(firstPassageAt(points, limit, 4)).toBe(0)
  expect(firstPassageAt(points, limit, 5)).toBeUndefined()
  expect(firstPassageAt(points, limit, -2)).toBeUndefined()
})
