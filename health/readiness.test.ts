import { expect, test } from 'vitest'
import { healthyStatus } from '../api/testing/test-api.ts'
import type { QuarantineTotals } from '../store/records/quarantine/quarantine-store.ts'
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

test('announces before quarantined messages are deleted, for their number or their age', () => {
  const evaluate = createReadinessEvaluator(() => 0)
  const said = (quarantine: Partial<QuarantineTotals>) => {
    const status = healthyStatus()
    const counts = status.records.value
    if (counts === undefined) throw new TypeError('the sample has records')
    Object.assign(counts.quarantine, { waiting: 1_000, bytes: 8_000, dropped: 0 }, quarantine)
    const { ready, checks } = evaluate(status)
    expect(ready).toBe(true)
    return checks.filter(({ ok }) => !ok).map((check) => formatHealthCheck(check, 0))
  }
  expect(said({})).toEqual([])
  expect(said({ bytes: 9_000, dropped: 20 })).toEqual([
    'quarantine: 90 % full with 1,000 messages; 20 of the oldest were deleted (for 0 s); ' +
      'when it is full, the oldest messages are deleted; `forewarn quarantine list` says what and why; ' +
      'fix it and run `forewarn quarantine retry`, or raise quarantine.maxBytes',
  ])
  const from = new Date(Date.UTC(2026, 0, 1))
  expect(said({ expiring: { count: 5, from } })[0]).toMatch(
    /^quarantine: 5 messages are nearly as old as .* deleted, the first after 2026-01-01/,
  )
})

test.each([
  [90_000, undefined],
  [
    24 * 3_600_000,
    'sweep: none was completed for 24 h; one is due every 30 s (for 0 s); ' +
      'escalations, offers, reminders and notices to be sent again are late; none is lost; ' +
      'check that records and queues respond, and the log for errors of the job of sweep',
  ],
])('reports that no sweep was completed for %i ms', (sinceCompletedMs, said) => {
  const sweep = { everyMs: 30_000, sinceCompletedMs, completed: 12 }
  const { ready, checks } = createReadinessEvaluator(() => 0)({ ...healthyStatus(), sweep })
  expect(ready).toBe(true)
  const check = checks.find(({ name }) => name === 'sweep')
  expect(check?.ok === false ? formatHealthCheck(check, 0) : undefined).toBe(said)
})

test('is not ready while the clock of this machine is certainly wrong, and says how to fix it', () => {
  const detail = 'the clock of this machine says 2000-01-01T00:00:00.000Z, which is before the release'
  const status = { ...healthyStatus(), backpressure: { by: 'clock', detail } as const }
  const { ready, checks } = createReadinessEvaluator(() => 0)(status)
  expect(ready).toBe(false)
  expect(checks.filter(({ ok }) => !ok).map((check) => formatHealthCheck(check, 0))).toEqual([
    `clock: ${detail} (for 0 s); devices are not acknowledged, keep their readings and send them again; ` +
      'set the clock of this machine, and keep it set with NTP; no restart is needed',
  ])
})

test('tells the age of a fault by a monotonic clock', () => {
  let [now, monotonic] = [Date.UTC(2026, 0, 1), 0]
  const evaluate = createReadinessEvaluator(
    () => now,
    () => monotonic,
  )
  const age = () => {
    const [check] = evaluate({ ...healthyStatus(), ...unavailable }).checks.filter(({ ok }) => !ok)
    return now - (check?.since?.getTime() ?? 0)
  }
  expect(age()).toBe(0)
  now -= 86_400_000
  monotonic += 60_000
  expect(age()).toBe(60_000)
})
