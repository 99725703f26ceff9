import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRecords, type RecordsStore } from '../../store/records/records-store.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { startRedis } from '../../test/support/redis.ts'
import type { QueueConnection } from '../../workers/queue-backend.ts'

export type PartsName = 'embedded' | 'production'

/** Records and queues under measurement: PGlite alone, or PostgreSQL with the queues in Redis. */
export interface DeskParts {
  records: RecordsStore
  connection: QueueConnection
  stop(): Promise<void>
}

/** @returns undefined where a server is not installed */
export function openParts(name: PartsName): Promise<DeskParts | undefined> {
  return name === 'embedded' ? openEmbedded() : openProduction()
}

async function openEmbedded(): Promise<DeskParts> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-bench-desk-'))
  const records = await openRecords({ dir, onError: report })
  return {
    records,
    connection: { kind: 'postgres', pool: records.pool },
    async stop() {
      await records.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function openProduction(): Promise<DeskParts | undefined> {
  const [postgres, redis] = [findExecutable('postgres'), findExecutable('redis-server')]
  if (postgres === undefined || redis === undefined) return undefined
  const database = await startPostgres(postgres)
  const queue = await startRedis(redis, { appendfsync: 'everysec' })
  const records = await openRecords({ url: database.url, onError: report })
  return {
    records,
    connection: { kind: 'redis', url: queue.url },
    async stop() {
      await records.close()
      await queue.stop()
      await database.stop()
    },
  }
}

export function report(error: Error): void {
  process.stderr.write(`${error.message}\n`)
}
