import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { topics } from '../../contract/topics.ts'
import { createPartitionedAcceptance } from '../../ingest/acceptance/partitioned-acceptance.ts'
import { silentLogger } from '../../lib/logging/logger.ts'
import { dayMs } from '../../lib/time.ts'
import { hotBatteryRule, rulesEntry, shippedKinds, start } from '../../rules/testing/rules.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { broadcast, combinedInfo, combinedTally, type Partitions } from '../../store/journal/partitions.ts'
import { acquireRecords } from '../../store/records/testing/records-pool.ts'
import { openDuckDbSeries } from '../../store/series/duckdb/duckdb-series.ts'
import { startConsumers } from '../wiring/consumers/start-consumers.ts'
import { idleOptions } from '../wiring/consumers/testing/idle-options.ts'
import { createKindCatalog } from '../wiring/ingest-settings.ts'

const names = topics('pm/v1')
const phones = Array.from({ length: 40 }, (_, n) => `phone-${n}`)
export const tooHot = hotBatteryRule()
const hotterThanPeers = hotBatteryRule({
  rule: 'phone.hotter_than_peers',
  detect: '{ cohort: { metric: battery_temp_c, side: higher, peers: 10 } }',
})

export async function openPartitions(count: number): Promise<Partitions> {
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
export async function live(
  partitions: Partitions,
  {
    threads = 0,
    plugins = [],
    onTurn,
  }: { threads?: number; plugins?: string[]; onTurn?(): Promise<void> } = {},
) {
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
    rules: { ...options.rules, threads, plugins },
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
    await onTurn?.()
    // The fleet model is built from what the partitions have processed by then.
    await settled()
    await everywhere.append('telemetry', [{ type: 'tick', at: start + (turn + 1) * dayMs, since: start }])
    await settled()
  }
  await publish(names.telemetry('phone-1'), { ts: start, values: { battery_temp_c: 20 } }, 'phone-2')
  await settled()
  await options.onStarting.mock.calls[0]?.[0]()
  await acceptance.stop()
  const found = { values: await series.count(), tally: await combinedTally(partitions) }
  await series.close()
  const errors = onError.mock.calls.map(([error]) => error as unknown)
  return { ...found, errors, findings: relayed.sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

export async function fleetModelsOf(partitions: Partitions) {
  const fleetModels = await Promise.all(
    partitions.map(async (journal) => {
      const entries: TelemetryEntry[] = []
      for await (const batch of journal.scan('telemetry', 0)) entries.push(...batch.entries)
      return entries.filter((entry) => entry.type === 'fleet_model')
    }),
  )
  return fleetModels
}
