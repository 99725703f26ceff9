import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { startRedis } from '../../../test/support/redis.ts'
import type { Journal } from '../journal.ts'
import { openLmdbJournal } from '../lmdb/lmdb-journal.ts'
import { openRedisJournal } from '../redis/open-redis-journal.ts'
import { entries, finding } from '../testing/entries.ts'

const limits = { maxBytes: 10_000_000, keepEntries: 0 }
const redisServer = findExecutable('redis-server') ?? ''

async function keepsItsHistory(open: () => Promise<Journal>): Promise<void> {
  const journal = await open()
  const first = journal.history()
  expect(first.openings).toMatchObject([{ heads: { telemetry: 0, findings: 0 } }])
  await journal.append('telemetry', entries(0, 3))
  await journal.append('findings', [finding('f-1')])
  await journal.close()
  const reopened = await open()
  const second = reopened.history()
  expect(second.journal).toBe(first.journal)
  expect(second.openings).toMatchObject([...first.openings, { heads: { telemetry: 3, findings: 1 } }])
  await reopened.close()
  // The second opening wrote nothing: the third one takes its place.
  const again = await open()
  expect(again.history().openings).toHaveLength(2)
  expect(again.history().openings[1]).not.toEqual(second.openings[1])
  await again.close()
}

describe('a journal keeps its id, and each opening with the heads of then', () => {
  it('in LMDB', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'forewarn-history-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    await keepsItsHistory(() => openLmdbJournal({ dir, ...limits }))
  })

  it.skipIf(redisServer === '')('in Redis', async () => {
    const server = await startRedis(redisServer, { appendfsync: 'always' })
    onTestFinished(() => server.stop())
    const lease = { durationMs: 10_000, holder: 'the test' }
    await keepsItsHistory(() => openRedisJournal({ url: server.url, partition: 0, ...limits, lease }))
  })
})
