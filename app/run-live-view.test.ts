import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createStatsReader, runLiveView } from './run-live-view.ts'
import type { SystemStats } from './system-stats.ts'

const figures = (received: number): SystemStats => ({
  received,
  stored: received,
  duplicate: 0,
  quarantined: 0,
  values: { received: 0, stored: 0, duplicate: 0, quarantined: 0, ignored: 0 },
  devices: 1,
  openTickets: 0,
  noticesSent: 0,
  noticesDelivered: 0,
  noticesPending: 0,
  lag: 0,
  jobs: 0,
  deadLetters: 0,
  faults: [],
})

it('returns the figures counted before while they cannot be counted, and counts once at a time', async () => {
  const errors: unknown[] = []
  const counts: Promise<SystemStats>[] = [
    Promise.reject(new TypeError('no database')),
    Promise.resolve(figures(7)),
    new Promise(() => undefined),
  ]
  const read = createStatsReader(
    () => counts.shift() ?? Promise.resolve(figures(8)),
    (error) => errors.push(error),
  )
  expect(await read(1_000)).toBeUndefined()
  expect((await read(1_000))?.received).toBe(7)
  expect((await read(5))?.received).toBe(7)
  expect((await read(5))?.received).toBe(7)
  expect(errors.map(String)).toEqual([
    'TypeError: no database',
    'StatsTimeoutError: no response within 0.005 s',
    'StatsTimeoutError: no response within 0.005 s',
  ])
})

it('keeps no figures of the seconds before, however long it runs', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const stop = new AbortController()
  const read: WeakRef<SystemStats>[] = []
  let kept = Number.NaN
  const readStats = async () => {
    const stats = figures(read.length)
    read.push(new WeakRef(stats))
    if (read.length === 200) {
      collectGarbage()
      kept = read.filter((each) => each.deref() !== undefined).length
      stop.abort()
    }
    return stats
  }
  await runLiveView({
    forewarn: { httpUrl: 'http://127.0.0.1', mqttUrl: 'mqtt://127.0.0.1' },
    readStats,
    checks: async () => [],
    onChecks: () => undefined,
    view: { showsFigures: true, show: () => undefined, log: () => undefined, end: () => undefined },
    faultReporter: { report: () => undefined, recentFaults: () => [], flush: () => undefined },
    simulatorStatus: () => undefined,
    signal: stop.signal,
    refreshIntervalMs: 1,
  })
  expect(kept).toBeLessThan(10)
})

it('counts no figures where none are shown, and still checks the components', async () => {
  const stop = new AbortController()
  let checked = 0
  await runLiveView({
    forewarn: { httpUrl: 'http://127.0.0.1', mqttUrl: 'mqtt://127.0.0.1' },
    readStats: () => Promise.reject(new TypeError('counted')),
    checks: async () => {
      if (++checked === 3) stop.abort()
      return []
    },
    onChecks: () => undefined,
    view: { showsFigures: false, show: () => undefined, log: () => undefined, end: () => undefined },
    faultReporter: { report: () => undefined, recentFaults: () => [], flush: () => undefined },
    simulatorStatus: () => undefined,
    signal: stop.signal,
    refreshIntervalMs: 1,
  })
  expect(checked).toBe(3)
})
