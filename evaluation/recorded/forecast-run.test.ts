import { expect, it } from 'vitest'
import type { Lifetime } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import { createLimit } from '../../rules/detectors/limit.ts'
import { runForecasts, scoredForecastsOf } from './forecast-run.ts'
import { createHoldouts } from './holdouts/holdout.ts'
import { decliningLifetime } from './testing/lifetimes.ts'

const limit = createLimit({ below: 80 })
it('a method sees no later point of its lifetime, and all points of the others', () => {
  const newest: number[] = []
  const informed: number[] = []
  const watch = (own: Lifetime, peers: readonly Lifetime[], { now }: { now: number }) => {
    newest.push((own.points.at(-1)?.[0] ?? 0) - now)
    informed.push(...peers.map(({ points }) => points.length))
    return { is: 'withheld', why: 'it only watches' } as const
  }
  const [own, other] = [decliningLifetime('own'), decliningLifetime('other')]
  const [leaveUnit] = createHoldouts([{ limit, lifetimes: [own, other] }], false)
  runForecasts(own, leaveUnit.trainingFor({ recorded: own, limit }), { limit, methods: { watch } })
  expect(newest).toEqual(Array(10).fill(0))
  expect(informed).toEqual(Array(10).fill(30))
})

it('a unit is never its own training data, from whatever folder it is read', () => {
  const lifetimes = [
    decliningLifetime('a'),
    decliningLifetime('b'),
    decliningLifetime('b'),
    decliningLifetime('c'),
  ]
  const [leaveUnit] = createHoldouts([{ limit, lifetimes }], false)
  expect(leaveUnit.trainingFor({ recorded: decliningLifetime('b'), limit })(0)).toHaveLength(2)
})

it('only lifetimes with an event are scored, over their whole length', () => {
  const { event: _, ...open } = decliningLifetime('open')
  const methods = { always: () => ({ is: 'date', p50: 20 * dayMs }) as const }
  const runs = [open, decliningLifetime('ended')].map((life) =>
    runForecasts(life, () => [], { limit, methods }),
  )
  const scored = scoredForecastsOf(runs, 'always')
  expect(scored).toHaveLength(10)
  expect(scored[0]).toMatchObject({
    lifetimeId: 'ended 80',
    event: 21 * dayMs,
    lifetimeMs: 21 * dayMs,
    forecastAt: 11 * dayMs,
  })
})
