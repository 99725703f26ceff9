import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { EventEntry, ReadingEntry, TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { rulesConsumerName, runRulesConsumer } from '../../rules/consumer/rules-consumer.ts'
import { allRuleTexts } from '../../rules/testing/all-rules.ts'
import { runScenario } from '../../rules/testing/device-scenarios.ts'
import { phoneFleet, phoneFleetEntries } from '../../rules/testing/phone-fleet.ts'
import {
  hotBatteryRule,
  parseRule,
  rulesEntry,
  shippedKinds,
  shippedReferences,
  start,
} from '../../rules/testing/rules.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { backtest } from './backtest.ts'
import { inMemoryHistory } from './testing/in-memory-history.ts'

/** With forecasts and comparisons that learn from the fleet, thresholds, silence and reminders, on three kinds. */
const texts = [
  hotBatteryRule({ for: '24h', clear: '40' }),
  hotBatteryRule({
    rule: 'phone.battery_weak',
    detect: '{ forecast: { metric: battery_health_pct, below: 80, within: 20d, window: 60d } }',
  }),
  ...allRuleTexts.filter((text) => /^rule: (refrigerator|robot_vacuum)\./m.test(text)),
]

/** Devices that wear, with sensor faults, a new part, and two weeks of silence. */
const appliances = ['refrigerator', 'robot_vacuum'].flatMap((kind) =>
  Array.from({ length: 3 }, (_, seed) =>
    runScenario(`${kind}-${seed}`, {
      kind,
      seed,
      days: 40,
      readingsPerDay: 4,
      wornFraction: 1.3,
      faultRate: 0.05,
      replacedOnDay: 35,
      silentDays: seed === 1 ? 12 : 0,
      hasBacklog: false,
      losesClock: false,
    }),
  ),
)

const devices = [...phoneFleet, ...appliances.map(({ device }) => device)]

/** Readings and replacements in the order of event time, received when they were measured. */
function arrived(): (ReadingEntry | EventEntry)[] {
  const newest = new Map<string, number>()
  return [...phoneFleetEntries(), ...appliances.flatMap(({ entries }) => entries)]
    .flatMap((entry): (ReadingEntry | EventEntry)[] => {
      if (entry.type === 'event') return [{ ...entry, receivedAt: entry.ts }]
      if (entry.type !== 'reading') return []
      const { device, ts, values } = entry.reading
      // Repeated below; what is late is in its place in a history.
      if (ts <= (newest.get(device) ?? 0)) return []
      newest.set(device, ts)
      const reading: ReadingEntry = { type: 'reading', receivedAt: ts, reading: { device, ts, values } }
      return ts % 5 === 0 ? [reading, reading] : [reading]
    })
    .sort((a, b) => a.receivedAt - b.receivedAt)
}

/** Entries day by day, with a tick each hour, after what was measured until then. */
function days(): TelemetryEntry[][] {
  const parts: TelemetryEntry[][] = [
    devices.map((device): TelemetryEntry => ({ type: 'device', receivedAt: start, device })),
  ]
  let hour = start
  for (const entry of arrived()) {
    for (; hour < entry.receivedAt; hour += hourMs) {
      parts.at(-1)?.push({ type: 'tick', at: hour })
      if (hour % dayMs === 0) parts.push([])
    }
    parts.at(-1)?.push(entry)
  }
  return parts
}

/** Return the findings when each day is completed, fleet model included, before the next begins. */
async function foundLive(life: readonly TelemetryEntry[][]): Promise<Finding[]> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-backtest-'))
  const journal = await openLmdbJournal({ dir, maxBytes: 100_000_000, keepEntries: 1_000_000 })
  onTestFinished(async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  })
  await journal.append('telemetry', [rulesEntry(texts)])
  const stop = new AbortController()
  const onError = vi.fn()
  const { done } = await runRulesConsumer({ journal, ...shippedReferences, signal: stop.signal, onError })
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const isDone = async () =>
    expect(await consumer.cursor()).toBe((await journal.info()).streams.telemetry.head)
  for (const entries of life) {
    await journal.append('telemetry', entries)
    await vi.waitFor(isDone, { timeout: 20_000, interval: 1 })
  }
  stop.abort()
  await done
  expect(onError).not.toHaveBeenCalled()
  const findings: Finding[] = []
  for await (const batch of journal.scan('findings', 0)) findings.push(...batch.entries)
  return findings
}

type Told = Pick<Finding, 'device' | 'component' | 'epoch' | 'rule' | 'at' | 'state'>

const line = ({ device, component, epoch, rule, at, state }: Told) =>
  [device, component, epoch, rule, at, state].join(' ')

it('finds in stored history what the live rules found when it arrived', async () => {
  const life = days()
  const live = await foundLive(life)
  const entries = life.flat()

  const readings = entries.flatMap((entry) => (entry.type === 'reading' ? [entry.reading] : []))
  const replacements = entries.flatMap((entry) =>
    entry.type === 'event' ? [{ ...entry, component: entry.component ?? '' }] : [],
  )
  const history = inMemoryHistory({ devices, readings, replacements })
  const { candidate } = await backtest({
    history,
    devices: await history.devices(),
    kinds: shippedKinds,
    rules: { live: [], candidate: texts.map(parseRule) },
    compareWithLive: false,
  })

  const raisedOrCleared = live.filter(({ state }) => state !== 'updated').map(line)
  expect(candidate.alarmEvents().map(line).sort()).toEqual(raisedOrCleared.sort())
  const found = new Set(live.map(({ rule, state }) => `${rule} ${state}`))
  expect(found.size).toBeGreaterThanOrEqual(20)
  for (const one of [
    'refrigerator.silent raised',
    'refrigerator.silent cleared',
    'sensor.battery_health_pct raised',
  ])
    expect(found).toContain(one)
  expect(new Set(live.map(({ epoch }) => epoch))).toEqual(new Set([0, 1]))
  for (const { rule } of live) {
    const updates = live.filter((finding) => finding.rule === rule && finding.state === 'updated')
    expect(candidate.counts(rule).updated).toBe(updates.length)
  }
})
