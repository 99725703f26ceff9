import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { TelemetryEntry } from '../contract/entry.ts'
import type { Finding } from '../contract/finding.ts'
import { topics } from '../contract/topics.ts'
import { createPartitionedAcceptance } from '../ingest/acceptance/partitioned-acceptance.ts'
import { silentLogger } from '../lib/logging/logger.ts'
import { dayMs } from '../lib/time.ts'
import { alignPartitions } from '../rules/rollout/align-partitions.ts'
import { loadRuleSetVersion, saveRuleSetVersion } from '../rules/rollout/rule-set-store.ts'
import { hotBatteryRule, rulesEntry, shippedKinds, start } from '../rules/testing/rules.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import {
  broadcast,
  combinedInfo,
  combinedTally,
  type Partitions,
  partitionOf,
} from '../store/journal/partitions.ts'
import { acquireRecords } from '../store/records/testing/records-pool.ts'
import { openDuckDbSeries } from '../store/series/duckdb/duckdb-series.ts'
import { startConsumers } from './wiring/consumers/start-consumers.ts'
import { idleOptions } from './wiring/consumers/testing/idle-options.ts'
import { createKindCatalog } from './wiring/ingest-settings.ts'

const names = topics('pm/v1')
const phones = Array.from({ length: 40 }, (_, n) => `phone-${n}`)
const tooHot = hotBatteryRule()
const hotterThanPeers = hotBatteryRule({
  rule: 'phone.hotter_than_peers',
  detect: '{ cohort: { metric: battery_temp_c, side: higher, peers: 10 } }',
})

async function openPartitions(count: number): Promise<Partitions> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-partitions-'))
  const open = (n: number) =>
    openLmdbJournal({ dir: join(dir, `${n}`), maxBytes: 50_000_000, keepEntries: 1_000_000 })
  const first = await open(0)
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, n) => open(n + 1)))
  onTestFinished(async () => {
    await Promise.all([first, ...others].map((journal) => journal.close()))
    await rm(dir, { recursive: true })
  })
  return [first, ...others]
}

/** Run a fleet of phones that get warmer day by day, under two rules and a fleet model, and return the results. */
async function live(partitions: Partitions) {
  const everywhere = broadcast(partitions)
  await everywhere.append('telemetry', [rulesEntry([tooHot, hotterThanPeers])])
  const acceptance = createPartitionedAcceptance({
    partitions,
    kinds: createKindCatalog(() => shippedKinds),
    topics: names,
    now: () => start + 30 * dayMs,
    newId: () => 'q-1',
    registrationMode: 'open',
  })
  await acceptance.start()
  const publish = (topic: string, payload: object, clientId: string) =>
    acceptance.accept({ topic, payload: Buffer.from(JSON.stringify(payload)), clientId })

  const series = await openDuckDbSeries({ path: ':memory:' })
  const records = await acquireRecords('PGlite')
  onTestFinished(() => records.close())
  const relayed: Finding[] = []
  const options = idleOptions()
  const { onError } = options
  await startConsumers({
    ...options,
    partitions,
    series,
    workers: { ...options.workers, relay: async (findings) => void relayed.push(...findings) },
    records: records.db,
    onGap: onError,
    log: silentLogger,
  })
  const announced = phones.map((id) =>
    publish(names.state(id), { state: 'online', kind: 'phone', model: 'P', firmware: '1' }, id),
  )
  await Promise.all(announced)
  const settled = () =>
    vi.waitUntil(
      async () => {
        const { consumers: all } = await combinedInfo(partitions)
        return all.length > 0 && all.every(({ lag }) => lag === 0)
      },
      { timeout: 20_000 },
    )
  for (let turn = 0; turn < 6; turn++) {
    const sent = phones.map((id, n) => {
      const isHot = n === 7 && turn > 3
      const values = { battery_temp_c: isHot ? 60 : 20 + (n % 10) + turn }
      const readings = Array.from({ length: 7 }, (_, part) => {
        return { ts: start + turn * dayMs + (part * dayMs) / 8, values, boot: 1, seq: 7 * turn + part }
      })
      return publish(names.telemetry(id), readings, id)
    })
    await Promise.all(sent)
    // The fleet model is built from what the partitions have processed by then.
    await settled()
    await everywhere.append('telemetry', [{ type: 'tick', at: start + (turn + 1) * dayMs, since: start }])
    await settled()
  }
  await publish(names.telemetry('phone-1'), { ts: start, values: { battery_temp_c: 20 } }, 'phone-2')
  await settled()
  await options.onStarting.mock.calls[0]?.[0]()
  await acceptance.stop()
  expect(onError).not.toHaveBeenCalled()
  const found = { values: await series.count(), tally: await combinedTally(partitions) }
  await series.close()
  return { ...found, findings: relayed.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

async function fleetModelsOf(partitions: Partitions) {
  const fleetModels = await Promise.all(
    partitions.map(async (journal) => {
      const entries: TelemetryEntry[] = []
      for await (const batch of journal.scan('telemetry', 0)) entries.push(...batch.entries)
      return entries.filter((entry) => entry.type === 'fleet_model')
    }),
  )
  return fleetModels
}

it('finds and counts the same in several partitions as in one', async () => {
  const [one, three] = [await openPartitions(1), await openPartitions(3)]
  const expected = await live(one)
  const found = await live(three)
  expect(found).toEqual(expected)
  expect(found.values).toBe(40 * 6 * 7)
  expect(found.tally).toMatchObject({ stored: 1_680, quarantined: 1, 'quarantined.foreign_topic': 1 })
  expect(new Set(found.findings.map(({ rule }) => rule))).toEqual(
    new Set(['phone.battery_hot', 'phone.hotter_than_peers']),
  )
  const heads = await Promise.all(three.map(async (journal) => (await journal.info()).streams.telemetry.head))
  for (const head of heads) expect(head).toBeGreaterThan(40)
})

it('gives every partition the same fleet model, from the devices of all', async () => {
  const [one, three] = [await openPartitions(1), await openPartitions(3)]
  await live(one)
  await live(three)
  const [expected = []] = await fleetModelsOf(one)
  expect(expected.length).toBeGreaterThan(0)
  for (const fleetModel of await fleetModelsOf(three)) expect(fleetModel).toEqual(expected)
})

it('gives a partition that missed a change of the rules those of the first', async () => {
  const partitions = await openPartitions(3)
  const entry = rulesEntry([tooHot], [], start)
  const ruleSet = { changedAt: start, live: entry.live, shadow: [], catalogVersions: {}, kinds: [] }
  await saveRuleSetVersion(partitions[0], ruleSet, entry)
  await alignPartitions(partitions, start + 1)
  await alignPartitions(partitions, start + 2)
  for (const journal of partitions.slice(1)) {
    expect(await loadRuleSetVersion(journal)).toEqual({ ...ruleSet, changedAt: start + 1 })
    expect((await journal.info()).streams.telemetry.head).toBe(1)
  }
})

it('keeps a key in its partition for ever, and spreads keys', () => {
  // Published values of FNV-1a, 32 bit.
  expect([partitionOf('', 2 ** 32), partitionOf('a', 2 ** 32), partitionOf('foobar', 2 ** 32)]).toEqual([
    0x811c9dc5, 0xe40c292c, 0xbf9cf968,
  ])
  const counts = [0, 0, 0, 0]
  for (let n = 0; n < 4_000; n++)
    counts[partitionOf(`device-${n}`, 4)] = (counts[partitionOf(`device-${n}`, 4)] ?? 0) + 1
  for (const count of counts) expect(count).toBeGreaterThan(900)
})
