import { afterAll, beforeAll, describe } from 'vitest'
import { openRecords, type RecordsStore } from '../../store/records/open.ts'
import { findPart } from '../../test/support/parts.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { startRedis } from '../../test/support/redis.ts'
import type { QueueConnection } from '../queue-backend.ts'

export interface QueuePlace {
  records: RecordsStore
  connection: QueueConnection
}

type Place = QueuePlace & { stop(): Promise<void> }

/** Runs the same tests over queues in PGlite, in a real PostgreSQL and in a real Redis. */
export function onEachQueue(name: string, tests: (place: () => QueuePlace) => void): void {
  const postgres = findPart('postgres')
  const redis = findPart('redis-server')
  describe(`${name}, PGlite`, over(tests, inRecords))
  describe.skipIf(postgres === undefined)(
    `${name}, PostgreSQL`,
    over(tests, async () => {
      const server = await startPostgres(postgres ?? '')
      const place = await inRecords(server.url)
      return { ...place, stop: () => place.stop().then(server.stop) }
    }),
  )
  describe.skipIf(redis === undefined)(
    `${name}, Redis`,
    over(tests, async () => {
      const server = await startRedis(redis ?? '')
      const { records, stop } = await inRecords()
      const connection = { kind: 'redis', url: server.url } as const
      return { records, connection, stop: () => stop().then(server.stop) }
    }),
  )
}

function over(tests: (place: () => QueuePlace) => void, start: () => Promise<Place>) {
  return () => {
    let place: Place
    beforeAll(async () => {
      place = await start()
    })
    afterAll(() => place?.stop())
    tests(() => place)
  }
}

async function inRecords(url?: string): Promise<Place> {
  const records = await openRecords({ url, onError })
  return { records, connection: { kind: 'postgres', pool: records.pool }, stop: records.close }
}

function onError(error: Error): never {
  throw error
}
