import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Reading } from '../../contract/reading.ts'
import { type BacktestOptions, backtest } from '../../evaluation/backtest/backtest.ts'
import type { FindingLog } from '../../evaluation/backtest/finding-log.ts'
import { BacktestThreadError } from '../../evaluation/backtest/replay/threaded-fleet.ts'
import { inMemoryHistory } from '../../evaluation/backtest/testing/in-memory-history.ts'
import { packageRoot } from '../../lib/package-root.ts'
import { dayMs } from '../../lib/time.ts'
import { validateRuleTexts } from '../../rules/files/load-rules.ts'
import { allRuleTexts } from '../../rules/testing/all-rules.ts'
import { type DeviceScenario, runScenario } from '../../rules/testing/device-scenarios.ts'
import { shippedKinds, shippedReferences, start } from '../../rules/testing/rules.ts'
import { loadSettings } from '../settings/load.ts'
import { serverBacktestThread } from './backtest-threads.ts'

const scenario: Omit<DeviceScenario, 'kind' | 'seed'> = {
  days: 80,
  readingsPerDay: 4,
  wornFraction: 1.2,
  faultRate: 0.05,
  replacedOnDay: 60,
  silentDays: 15,
  hasBacklog: true,
  losesClock: false,
}

/** Devices of several kinds that wear, fall silent, get new parts and have broken sensors. */
const fleet = ['phone', 'refrigerator', 'robot_vacuum'].flatMap((kind) =>
  Array.from({ length: 4 }, (_, seed) => runScenario(`${kind}-${seed}`, { ...scenario, kind, seed })),
)
const readings: Reading[] = fleet.flatMap(({ entries }) =>
  entries.flatMap((entry) => {
    if (entry.type !== 'reading') return []
    const { device, ts, values } = entry.reading
    return [{ device, ts, values }]
  }),
)
const replacements = fleet.flatMap(({ device, entries }) =>
  entries.flatMap((entry) =>
    entry.type === 'event' ? [{ device: device.id, component: entry.component ?? '', ts: entry.ts }] : [],
  ),
)
const history = inMemoryHistory({ devices: fleet.map(({ device }) => device), readings, replacements })

const loaded = validateRuleTexts(
  allRuleTexts.map((text, n) => ({ file: `${n}.yaml`, text })),
  shippedReferences,
).rules
const rules = loaded.map(({ rule }) => rule)

async function run(options: Partial<BacktestOptions>) {
  const from = start + 30 * dayMs
  const devices = await history.devices()
  const ruleSets = { live: rules.slice(0, 20), candidate: rules }
  return backtest({
    history,
    devices,
    kinds: shippedKinds,
    rules: ruleSets,
    compareWithLive: true,
    from,
    ...options,
  })
}

/** All that a log says, in an order that does not depend on how devices were spread. */
function contentsOf(log: FindingLog | undefined) {
  const alarms = log?.alarmEvents().map((alarm) => JSON.stringify(alarm)) ?? []
  const counts = rules.map(({ name }) => log?.counts(name))
  return { alarms: alarms.sort(), counts, tickets: new Map([...(log?.tickets() ?? [])].sort()) }
}

const threads = (count: number, plugins: string[] = []) => {
  const settings = { ...loadSettings({ env: {}, cwd: packageRoot }).settings, plugins }
  return { ...serverBacktestThread(settings, loaded), count }
}

describe('a backtest in threads', () => {
  it('finds what it finds without: with ticks, fleet models, two rule sets and a warm-up', async () => {
    const [expected, found] = [await run({}), await run({ threads: threads(2) })]
    expect(contentsOf(found.candidate)).toEqual(contentsOf(expected.candidate))
    expect(contentsOf(found.live)).toEqual(contentsOf(expected.live))
    expect(found.readings).toBe(expected.readings)
    expect(found.observedMs()).toBe(expected.observedMs())
    expect(found.observedMs('phone')).toBe(expected.observedMs('phone'))
    const raised = new Set(found.candidate.alarmEvents().map(({ rule }) => rule))
    expect(raised.size).toBeGreaterThan(10)
  })

  it('spreads devices that do not learn from each other', async () => {
    const some = rules.filter(({ name }) => /limit|hot|silent|door|warm|full|wrapped/.test(name))
    const ruleSets = { live: [], candidate: some }
    const options = { rules: ruleSets, compareWithLive: false }
    const [expected, found] = [await run(options), await run({ ...options, threads: threads(3) })]
    expect(contentsOf(found.candidate)).toEqual(contentsOf(expected.candidate))
    expect(found.candidate.alarmEvents().length).toBeGreaterThan(10)
  })

  it('ends with a clear error when a thread ends', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'forewarn-backtest-thread-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    const plugin = join(dir, 'plugin.mjs')
    await writeFile(plugin, 'setTimeout(() => process.exit(3), 100)\nexport default {}')
    const running = run({ threads: threads(2, [plugin]) })
    await expect(running).rejects.toThrow(BacktestThreadError)
    await expect(running).rejects.toThrow('a thread of the backtest has ended (code 3)')
  })

  it('ends its threads when it is aborted', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const running = run({
      threads: threads(2),
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    })
    await expect(running).rejects.toBe(reason)
  })
})
