import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { loadSettings } from '../../app/settings/load.ts'
import { waitUntilDrained } from '../../app/wait-until-drained.ts'
import { openHistory } from '../../app/wiring/open-history.ts'
import { startForewarn } from '../../app/wiring/start-forewarn.ts'
import type { Finding } from '../../contract/finding.ts'
import { runFleet } from '../../device-sim/fleet.ts'
import { backtest } from '../../evaluation/backtest/backtest.ts'
import { buildRuleSets } from '../../evaluation/backtest/rule-sets.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { createEngine } from '../../rules/engine/create-engine.ts'
import { validateRuleTexts } from '../../rules/files/load-rules.ts'
import { shippedReferences } from '../../rules/testing/rules.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'

const days = 60
const until = Date.UTC(2026, 6, 1)

/** Time passes once in six hours in a demo, and once an hour in a backtest, where messages are received when measured. */
const timeDriven = ['silence', 'calendar']
const longestDifferenceMs = 13 * hourMs

/** Run the days of a fleet whose readings all arrive in time: what is late is in its place in a history, and was not live. */
async function foundLive(dataDir: string): Promise<Finding[]> {
  const env = { FOREWARN_DATA_DIR: dataDir, FOREWARN_MQTT_PORT: '0', FOREWARN_HTTP_PORT: '0' }
  const { settings } = loadSettings({ env, cwd: dataDir })
  const onError = vi.fn()
  const simulatedFrom = until - days * dayMs
  const forewarn = await startForewarn({ settings, version: 'test', now: Date.now, simulatedFrom, onError })
  const { signal } = new AbortController()
  let sent = 0
  try {
    await runFleet({
      url: forewarn.mqttUrl,
      prefix: settings.mqtt.prefix,
      devices: 80,
      days,
      seed: 3,
      until,
      conditions: { like: 'easy', uplink: 'reliable' },
      now: Date.now,
      log: () => undefined,
      onProgress: ({ readings }) => {
        sent = readings
      },
      passTime: forewarn.passTime,
      waitUntilDrained: async () => {
        await waitUntilDrained({ stats: forewarn.stats, sent, now: monotonicNow, signal })
      },
      signal,
    })
    return await forewarn.findings()
  } finally {
    await forewarn.stop()
    expect(onError).not.toHaveBeenCalled()
  }
}

async function foundInHistory(dataDir: string) {
  const { settings } = loadSettings({ env: { FOREWARN_DATA_DIR: dataDir }, cwd: dataDir })
  const { history } = await openHistory(settings, (error) => expect(error).toBeUndefined())
  const { kinds } = shippedReferences
  const { rules } = validateRuleTexts(await history.liveRules(), shippedReferences)
  const candidate = rules.map(({ rule }) => rule)
  const devices = await history.devices()
  const found = await backtest({
    history,
    devices,
    kinds,
    rules: buildRuleSets([], candidate),
    compareWithLive: false,
  })
  await history.close()
  const engine = createEngine({ kinds, rules: candidate })
  const kindOf = new Map(devices.map(({ id, kind }) => [id, kind]))
  /** Values that no rule needs are not replayed, nor are faults of their sensors found. */
  const isReplayed = ({ rule, device }: Finding) => {
    const [, sensor] = /^sensor\.(.*)/.exec(rule) ?? []
    const needed = engine.neededMetrics(kindOf.get(device) ?? '')
    return sensor === undefined || needed === undefined || new Set(needed).has(sensor)
  }
  return { found: found.candidate.alarmEvents(), isReplayed }
}

/** Return the times of the fleet models that the demo built, ms. */
async function fleetModelTimes(dataDir: string): Promise<number[]> {
  const journal = await openLmdbJournal({
    dir: join(dataDir, 'journal'),
    maxBytes: 2 ** 30,
    keepEntries: 1_000_000,
  })
  const times: number[] = []
  for await (const { entries } of journal.scan('telemetry', 0))
    for (const entry of entries) if (entry.type === 'fleet_model') times.push(entry.at)
  await journal.close()
  return times
}

type Event = Pick<Finding, 'device' | 'rule' | 'epoch' | 'state' | 'at'>

const nameOf = ({ device, rule, epoch, state }: Event) => [device, rule, epoch, state].join(' ')
const lineOf = (event: Event) => `${nameOf(event)} ${new Date(event.at).toISOString()}`

it('finds in a demo, day by day, what a backtest finds in its history, with the same fleet models', {
  timeout: 120_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-demo-backtest-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const findings = (await foundLive(dataDir)).filter(({ state, at }) => state !== 'updated' && at < until)
  const { found, isReplayed } = await foundInHistory(dataDir)
  const live = findings.filter(isReplayed)
  // A first one as soon as there is something to learn, then one a day.
  const [first = 0, ...models] = await fleetModelTimes(dataDir)
  expect(first).toBeLessThan(until - (days - 7) * dayMs)
  expect(models).toEqual(models.map((_, day) => (Math.floor(first / dayMs) + 1 + day) * dayMs))
  expect(models.at(-1)).toBe(until)

  const byTime = new Set(
    live.filter(({ evidence }) => timeDriven.includes(evidence.detector)).map(({ rule }) => rule),
  )
  const byReadings = (events: readonly Event[]) => events.filter(({ rule }) => !byTime.has(rule))
  expect(byReadings(found).map(lineOf).sort()).toEqual(byReadings(live).map(lineOf).sort())
  expect(byReadings(found).length).toBeGreaterThanOrEqual(30)

  const times = (events: readonly Event[]) =>
    events
      .filter(({ rule }) => byTime.has(rule))
      .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1) || a.at - b.at)
  expect(times(found).map(nameOf)).toEqual(times(live).map(nameOf))
  for (const [index, { at }] of times(found).entries())
    expect(Math.abs(at - (times(live)[index]?.at ?? 0))).toBeLessThanOrEqual(longestDifferenceMs)
})
