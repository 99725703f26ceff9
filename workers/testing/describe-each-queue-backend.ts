import { afterAll, beforeAll, describe } from 'vitest'
import { openRecords, type RecordsStore } from '../../store/records/records-store.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { startRedis } from '../../test/support/redis.ts'
import type { QueueConnection } from '../queue-backend.ts'

export interface QueueEnvironment {
  records: RecordsStore
  connection: QueueConnection
}

type StoppableEnvironment = QueueEnvironment & { stop(): Promise<void> }

/** Runs the same tests over queues in PGlite, in a real PostgreSQL and in a real Redis. */
export function describeEachQueueBackend(name: string, tests: (place: () => QueueEnvironment) => void): void {
  const postgres = findExecutable('postgres')
  const redis = findExecutable('redis-server')
  describe(`${name}, PGlite`, suiteFor(tests, openPostgresEnvironment))
  describe.skipIf(postgres === undefined)(
    `${name}, PostgreSQL`,
    suiteFor(tests, async () => {
      const server = await startPostgres(postgres ?? '')
      const place = await openPostgresEnvironment(server.url)
      return { ...place, stop: () => place.stop().then(server.stop) }
    }),
  )
  describe.skipIf(redis === undefined)(
    `${name}, Redis`,
    suiteFor(tests, async () => {
      const server = await startRedis(redis ?? '')
      const { records, stop } = await openPostgresEnvironment()
      const connection = { kind: 'redis', url: server.url } as const
      return { records, connection, stop: () => stop().then(server.stop) }
    }),
  )
}

function suiteFor(
  tests: (place: () => QueueEnvironment) => void,
  start: () => Promise<StoppableEnvironment>,
) {
  return () => {
    let place: StoppableEnvironment
    beforeAll(async () => {
      place = await start()
    })
    afterAll(() => place?.stop())
    tests(() => place)
  }
}

async function openPostgresEnvironment(url?: string): Promise<StoppableEnvironment> {
  const records = await openRecords({ url, onError })
  return { records, connection: { kind: 'postgres', pool: records.pool }, stop: records.close }
}

function onError(error: Error): never {
  throw error
}
