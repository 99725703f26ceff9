import { expect, test } from 'vitest'
import { healthyStatus } from '../api/testing/test-api.ts'
import { createReadinessEvaluator, formatHealthCheck } from './readiness.ts'
import type { SystemStatus } from './status.ts'

const unavailable: Partial<SystemStatus> = {
  seriesValues: { error: 'not reachable: connect ECONNREFUSED 127.0.0.1:8086' },
}

function journalWithBacklog(backlogBytes: number): SystemStatus['journal'] {
  const { value } = healthyStatus().journal
  if (value === undefined) throw new TypeError('the sample has a journal')
  return { value: { ...value, maxBytes: 100_000, backlogBytes } }
}

test('says since when, how full the journal is, and how long it lasts at this rate', () => {
  let time = Date.UTC(2026, 0, 1)
  const evaluate = createReadinessEvaluator(() => time)
  const said = (status: Partial<SystemStatus>) => {
    const { ready, checks } = evaluate({ ...healthyStatus(), ...status })
    expect(ready).toBe(true)
    return checks.filter(({ ok }) => !ok).map((check) => formatHealthCheck(check, time))
  }
  expect(said({ ...unavailable, journal: journalWithBacklog(10_000) })).toEqual([
    'series: not reachable: connect ECONNREFUSED 127.0.0.1:8086 (for 0 s); ' +
      'no new points in charts; the latest values are still available; ' +
      'what waits is kept in the journal, 10 % full; nothing is lost; ' +
      'check that the database of the time series runs and answers',
  ])
  time += 10 * 60_000
  expect(said({ ...unavailable, journal: journalWithBacklog(15_000) })[0]).toMatch(
    /\(for 10 min\).*15 % full; nothing is lost; full in about 3 h at this rate/,
  )
  expect(said({ journal: journalWithBacklog(15_000) })).toEqual([])
  time += 60_000
  expect(said({ ...unavailable, journal: journalWithBacklog(15_000) })[0]).toContain('(for 0 s)')
})

test('warns of what could not be handled, and is ready nevertheless', () => {
  const { ready, checks } = createReadinessEvaluator(() => 0)({
    ...healthyStatus(),
    consumers: [{ name: 'rules', stream: 'telemetry', lag: 0, deadLetters: 2 }],
    queues: { value: [{ name: 'findings', waiting: 0, active: 0, delayed: 0, failed: 1_000 }] },
  })
  expect(ready).toBe(true)
  expect(checks.filter(({ ok }) => !ok).map((check) => formatHealthCheck(check, 0))).toEqual([
    'dead letters: could not be handled: 2 of rules, 1,000 of findings (for 0 s); ' +
      'they are kept, and the rest goes on; `forewarn dead-letters list` says what and why',
  ])
})
