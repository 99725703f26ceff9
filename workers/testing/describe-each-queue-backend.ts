import { afterAll, beforeAll, describe } from 'vitest'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { acquireRecords, type DatabaseKind } from '../../store/records/testing/records-pool.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { startRedis } from '../../test/support/redis.ts'
import type { QueueConnection } from '../queue-backend.ts'

export interface QueueEnvironment {
  records: RecordsStore
  connection: QueueConnection
}

type StoppableEnvironment = QueueEnvironment & { stop(): Promise<void> }

/** Run the same tests over queues in PGlite, in a real PostgreSQL and in a real Redis. */
export function describeEachQueueBackend(name: string, tests: (place: () => QueueEnvironment) => void): void {
  const redis = findExecutable('redis-server')
  describe(
    `${name}, PGlite`,
    suiteFor(tests, () => openPostgresEnvironment('PGlite')),
  )
  describe.skipIf(findExecutable('postgres') === undefined)(
    `${name}, PostgreSQL`,
    suiteFor(tests, () => openPostgresEnvironment('PostgreSQL')),
  )
  describe.skipIf(redis === undefined)(
    `${name}, Redis`,
    suiteFor(tests, async () => {
      const server = await startRedis(redis ?? '')
      const { records, stop } = await openPostgresEnvironment('PGlite')
      const connection = { kind: 'redis', url: server.url } as const
      return { records, connection, stop: () => stop().then(server.stop) }
    }),
  )
}

function suiteFor(
  tests: (place: () => QueueEnvironment) => void,
  start: () => Promise<StoppableEnvironment>,
): () => void {
  return () => {
    let environment: StoppableEnvironment
    beforeAll(async () => {
      environment = await start()
    })
    afterAll(() => environment?.stop())
    tests(() => environment)
  }
}

async function openPostgresEnvironment(kind: DatabaseKind): Promise<StoppableEnvironment> {
  const records = await acquireRecords(kind)
  return { records, connection: { kind: 'postgres', pool: records.pool }, stop: records.close }
}
