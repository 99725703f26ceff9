import { expect, it } from 'vitest'
import type { SystemStats } from './system-stats.ts'
import { waitUntilDrained } from './wait-until-drained.ts'

const done: SystemStats = {
  received: 9,
  stored: 9,
  duplicate: 0,
  quarantined: 0,
  values: { received: 0, stored: 0, duplicate: 0, quarantined: 0, ignored: 0 },
  devices: 1,
  openTickets: 1,
  noticesSent: 1,
  noticesDelivered: 1,
  noticesPending: 0,
  lag: 0,
  jobs: 0,
  deadLetters: 0,
  faults: [],
}

it('waits until nothing is left, twice in a row', async () => {
  const states = [
    { ...done, received: 8 },
    { ...done, lag: 5 },
    done,
    { ...done, jobs: 1 },
    { ...done, noticesPending: 1 },
    done,
    done,
  ]
  const asked: SystemStats[] = []
  const figures = async () => {
    const state = states[asked.length] ?? done
    asked.push(state)
    return state
  }
  expect(
    await waitUntilDrained({ stats: figures, sent: 9, now: () => 0, signal: new AbortController().signal }),
  ).toEqual(done)
  expect(asked).toHaveLength(7)
})

it('gives up when nothing moves for a minute, and says what is left', async () => {
  let time = 0
  const figures = async () => {
    time += 40_000
    return { ...done, jobs: 2, noticesPending: 1 }
  }
  const drained = waitUntilDrained({
    stats: figures,
    sent: 9,
    now: () => time,
    signal: new AbortController().signal,
  })
  await expect(drained).rejects.toThrow('no progress for 60 s; still pending: 2 jobs, 1 unconfirmed notices')
})
