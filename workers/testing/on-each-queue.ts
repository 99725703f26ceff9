import { afterAll, beforeAll, describe } from 'vitest'
import { openRecords } from '../../store/records/open.ts'
import { findPart } from '../../test/support/parts.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { startRedis } from '../../test/support/redis.ts'
import type { QueueConnection } from '../queue-backend.ts'

interface Place {
  connection: QueueConnection
  stop(): Promise<void>
}

/** Runs the same tests over queues in PGlite, in a real PostgreSQL and in a real Redis. */
export function onEachQueue(name: string, tests: (connection: () => QueueConnection) => void): void {
  const postgres = findPart('postgres')
  const redis = findPart('redis-server')
  describe(
    `${name}, PGlite`,
    over(tests, () => database(undefined)),
  )
  describe.skipIf(postgres === undefined)(
    `${name}, PostgreSQL`,
    over(tests, async () => {
      const server = await startPostgres(postgres ?? '')
      const { connection, stop } = await database(server.url)
      return { connection, stop: () => stop().then(server.stop) }
    }),
  )
  describe.skipIf(redis === undefined)(
    `${name}, Redis`,
    over(tests, async () => {
      const { url, stop } = await startRedis(redis ?? '')
      return { connection: { kind: 'redis', url }, stop }
    }),
  )
}

function over(tests: (connection: () => QueueConnection) => void, start: () => Promise<Place>) {
  return () => {
    let place: Place
    beforeAll(async () => {
      place = await start()
    })
    afterAll(() => place?.stop())
    tests(() => place.connection)
  }
}

async function database(url: string | undefined): Promise<Place> {
  const records = await openRecords({
    url,
    onError: (error) => {
      throw error
    },
  })
  return { connection: { kind: 'postgres', pool: records.pool }, stop: records.close }
}
