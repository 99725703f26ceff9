import { expect, it } from 'vitest'
import { makeFinding } from '../../desk/testing/findings.ts'
import type { NewJob } from '../jobs.ts'
import { findingsOf } from '../jobs.ts'
import type { Queues } from '../queues.ts'
import { enqueueFindings } from './enqueue-findings.ts'
import { createFindingLanes } from './finding-lanes.ts'

function createQueue() {
  const jobs: NewJob<'findings'>[] = []
  const add = (async (_queue, added) => {
    jobs.push(...(added as readonly NewJob<'findings'>[]))
  }) as Queues['add']
  return { jobs, add }
}

const flood = Array.from({ length: 250 }, (_, n) => makeFinding({ id: `f-${n}`, device: `rv-${n}` }))
const other = makeFinding({ id: 'other', rule: 'robot_vacuum.other' })

it('puts a flood into few jobs, behind the findings of other rules', async () => {
  const queue = createQueue()
  await enqueueFindings(
    queue,
    [...flood, other],
    createFindingLanes(() => 0),
  )
  expect(queue.jobs.map(({ data, priority = 0 }) => [findingsOf(data).length, priority])).toEqual([
    [1, 0],
    [100, 8],
    [100, 8],
    [50, 8],
  ])
  expect(queue.jobs[0]).toMatchObject({ id: 'other', data: { id: 'other' } })
})

it('derives the ids of jobs from their findings', async () => {
  const [once, again] = [createQueue(), createQueue()]
  for (const queue of [once, again])
    await enqueueFindings(
      queue,
      flood,
      createFindingLanes(() => 0),
    )
  expect(again.jobs).toEqual(once.jobs)
  expect(new Set(once.jobs.map(({ id }) => id)).size).toBe(3)
})

it('tells a raised finding when it ended, where its end comes with it', async () => {
  const queue = createQueue()
  const [raised, cleared] = [
    makeFinding(),
    makeFinding({ id: 'end', state: 'cleared', at: makeFinding().at + 5 }),
  ]
  const again = makeFinding({ id: 'again', at: cleared.at + 5 })
  await enqueueFindings(
    queue,
    [raised, cleared, again],
    createFindingLanes(() => 0),
  )
  const ends = queue.jobs.flatMap(({ data }) => findingsOf(data)).map(({ endedAt }) => endedAt)
  expect(ends).toEqual([cleared.at, undefined, undefined])
})
