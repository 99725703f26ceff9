import { expect, it } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { makeFinding } from '../../desk/testing/findings.ts'
import { hourMs } from '../../lib/time.ts'
import { EventQueue } from './actors/event-queue.ts'
import { type EventLoopOptions, runEventLoop } from './event-loop.ts'

/** A desk that only records its calls. */
function set(change: Partial<EventLoopOptions> & { due?: (now: number) => number | undefined } = {}) {
  const seen: string[] = []
  const { due = () => undefined, ...others } = change
  const queue = new EventQueue()
  const play: EventLoopOptions = {
    desk: {
      receiveFinding: async ({ id }: Finding, now: number) => void seen.push(`${now / hourMs} takes ${id}`),
      sweep: async (now: number) => void seen.push(`${now / hourMs} sweeps`),
      nextDueAt: async (now: number) => due(now),
    },
    queue,
    actors: { pollDeskEvents: async () => {} },
    findings: [],
    isObsolete: () => false,
    from: 0,
    until: 12 * hourMs,
    onTimeAdvance() {},
    ...others,
  }
  return { play, seen, queue }
}

it('sweeps from time to time when nothing happens', async () => {
  const { play, seen } = set()
  await runEventLoop(play)
  expect(seen).toEqual(['0 sweeps', '6 sweeps', '12 sweeps'])
})

it('advances to each event, and sweeps there', async () => {
  const findings = [makeFinding({ id: 'later', at: 3 * hourMs }), makeFinding({ id: 'first', at: hourMs })]
  const { play, seen, queue } = set({
    findings,
    until: 5 * hourMs,
    due: (now) => (now < 4 * hourMs ? 4 * hourMs : undefined),
  })
  queue.schedule({ at: 2 * hourMs, run: async (now) => void seen.push(`${now / hourMs} acts`) })
  await runEventLoop(play)
  expect(seen).toEqual([
    '0 sweeps',
    '1 takes first',
    '1 sweeps',
    '2 acts',
    '2 sweeps',
    '3 takes later',
    '3 sweeps',
    '4 sweeps',
  ])
})

it('lets people act at the same time on what they have seen', async () => {
  const { play, seen, queue } = set({ until: hourMs })
  let looked = 0
  const look = async (now: number) => {
    if (looked++ === 0) queue.schedule({ at: now, run: async () => void seen.push(`${now / hourMs} acts`) })
  }
  await runEventLoop({ ...play, actors: { pollDeskEvents: look } })
  expect(seen).toEqual(['0 sweeps', '0 acts', '0 sweeps'])
})

it('advances when what is due stays due', async () => {
  let sweeps = 0
  const { play } = set({ until: hourMs, due: (now) => now })
  await runEventLoop({ ...play, desk: { ...play.desk, sweep: async () => void sweeps++ } })
  expect(sweeps).toBe(61)
})

it('does not pass obsolete findings to the desk', async () => {
  const findings = [makeFinding({ id: 'moot', at: hourMs })]
  const { play, seen } = set({ findings, until: hourMs, isObsolete: () => true })
  await runEventLoop(play)
  expect(seen.filter((line) => line.includes('takes'))).toEqual([])
})
