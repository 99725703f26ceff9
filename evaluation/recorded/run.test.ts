import { expect, it } from 'vitest'
import type { Life } from '../../contract/lifetime.ts'
import { dayMs } from '../../lib/time.ts'
import { limitOf } from '../../rules/detectors/limit.ts'
import { judgedOf, peersOf, runOf } from './run.ts'
import { fallingLife } from './testing/lives.ts'

const limit = limitOf({ below: 80 })
it('a method sees nothing of a life that is later than the moment, and all of the others', () => {
  const newest: number[] = []
  const taught: number[] = []
  const watch = (own: Life, peers: readonly Life[], { now }: { now: number }) => {
    newest.push((own.points.at(-1)?.[0] ?? 0) - now)
    taught.push(...peers.map(({ points }) => points.length))
    return { is: 'withheld', why: 'it only watches' } as const
  }
  const [own, other] = [fallingLife('own'), fallingLife('other')]
  runOf(own, peersOf('own', { limit, lives: [own, other] }), { limit, methods: { watch } })
  expect(newest).toEqual(Array(10).fill(0))
  expect(taught).toEqual(Array(10).fill(30))
})

it('a unit never teaches itself, whatever folder it is read from', () => {
  const lives = [fallingLife('a'), fallingLife('b'), fallingLife('b'), fallingLife('c')]
  expect(peersOf('b', { limit, lives })).toHaveLength(2)
})

it('only lives with an end are judged, over their whole length', () => {
  const { event: _, ...open } = fallingLife('open')
  const methods = { always: () => ({ is: 'date', p50: 20 * dayMs }) as const }
  const runs = [open, fallingLife('ended')].map((life) => runOf(life, [], { limit, methods }))
  const judged = judgedOf(runs, 'always')
  expect(judged).toHaveLength(10)
  expect(judged[0]).toMatchObject({
    life: 'ended 80',
    event: 21 * dayMs,
    lifetime: 21 * dayMs,
    at: 11 * dayMs,
  })
})
