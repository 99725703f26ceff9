import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { silentLogger } from '../../../lib/logging/logger.ts'
import { createRecordingLogger } from '../../../lib/testing/recording-logger.ts'
import type { HandledBatch } from '../../../store/journal/consume-options.ts'
import { openLmdbJournal } from '../../../store/journal/lmdb/lmdb-journal.ts'
import { entries, finding } from '../../../store/journal/testing/entries.ts'
import { acquireRecords } from '../../../store/records/testing/records-pool.ts'
import { openDuckDbSeries } from '../../../store/series/duckdb/duckdb-series.ts'
import { holdEntriesForStores } from './hold-entries.ts'
import { startConsumers } from './start-consumers.ts'
import { idleOptions } from './testing/idle-options.ts'

async function openStores(keepEntries = 1_000) {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-consumers-'))
  const journal = await openLmdbJournal({ dir, maxBytes: 50_000_000, keepEntries })
  const series = await openDuckDbSeries({ path: ':memory:' })
  const records = await acquireRecords('PGlite')
  onTestFinished(async () => {
    await journal.close()
    await series.close()
    await records.close()
    await rm(dir, { recursive: true })
  })
  return { journal, series, records }
}

it('lets those that run be ended when a later one cannot start, so that the journal may be closed', async () => {
  const { journal, series, records } = await openStores()
  const open = journal.consumer.bind(journal)
  let relays = 0
  vi.spyOn(journal, 'consumer').mockImplementation(async (name, stream) => {
    // The first one is for the confirmation of findings.
    if (name === 'relay' && ++relays === 2) throw new Error('the connection is lost')
    return open(name, stream)
  })
  const { log, lines } = createRecordingLogger()
  const options = idleOptions()
  const starting = startConsumers({ partitions: [journal], series, records: records.db, ...options, log })
  await expect(starting).rejects.toThrow('the connection is lost')
  await options.onStarting.mock.calls[0]?.[0]()
  expect(lines.at(-1)?.fields).toMatchObject({ event: 'consumers_stopped', consumers: 3 })
})

it('keeps the cursors of records, relay and tickets while what they call has not ended', async () => {
  const { journal, series, records } = await openStores()
  const never = () => new Promise<never>(() => undefined)
  const confirm = vi.fn(
    async ({ from }: { from: number }): Promise<HandledBatch<never>> => ({ cursor: from }),
  )
  const options = idleOptions()
  await startConsumers({
    partitions: [journal],
    series,
    records: records.db,
    ...options,
    projection: { ...options.projection, handle: never },
    workers: { ...options.workers, relay: never, confirm },
    log: silentLogger,
  })
  await journal.append('telemetry', entries(0, 10))
  await journal.append('findings', [finding('f-1')])
  const cursorOf = async (name: string) =>
    (await journal.info()).consumers.find((consumer) => consumer.name === name)?.cursor
  await vi.waitFor(async () => expect(await cursorOf('series')).toBe(10), { timeout: 10_000 })
  await vi.waitFor(() => expect(confirm).toHaveBeenCalled(), { timeout: 10_000 })
  // Longer than anything waits that would advance without them.
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await Promise.all(['records', 'relay', 'tickets'].map(cursorOf))).toEqual([0, 0, 0])
  // They never end; closing the journal does not wait for them.
  void options.onStarting.mock.calls[0]?.[0]()
})

it('holds entries for a store that came back from an older state, before they can be trimmed', async () => {
  const { journal, series, records } = await openStores(1)
  for (let from = 0; from < 50; from += 10) await journal.append('telemetry', entries(from, from + 10))
  const rules = await journal.consumer('rules', 'telemetry')
  for (const name of ['series', 'records'])
    await (await journal.consumer(name, 'telemetry')).commit({ cursor: 50 })
  await series.write([], 50)
  // The records are new: they have nothing yet.
  await holdEntriesForStores({ partitions: [journal], series, records: records.db })
  await rules.commit({ cursor: 50 })
  expect((await journal.info()).streams.telemetry.tail).toBe(0)
})
