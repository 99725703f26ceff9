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

export type QueueBackendName = 'PGlite' | 'PostgreSQL' | 'Redis'

/** Run the same tests over queues in PGlite, in a real PostgreSQL and in a real Redis. */
export function describeEachQueueBackend(name: string, tests: (place: () => QueueEnvironment) => void): void {
  for (const backend of ['PGlite', 'PostgreSQL', 'Redis'] as const) describeQueueBackend(backend, name, tests)
}

/** Run tests over the queues of one backend: for a file of its own, where all three would take too long. */
export function describeQueueBackend(
  backend: QueueBackendName,
  name: string,
  tests: (place: () => QueueEnvironment) => void,
): void {
  const suite = suiteFor(tests, () =>
    backend === 'Redis' ? openRedisEnvironment() : openPostgresEnvironment(backend),
  )
  describe.skipIf(isMissing(backend))(`${name}, ${backend}`, suite)
}

function isMissing(backend: QueueBackendName): boolean {
  if (backend === 'PGlite') return false
  return findExecutable(backend === 'Redis' ? 'redis-server' : 'postgres') === undefined
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

async function openRedisEnvironment(): Promise<StoppableEnvironment> {
  const server = await startRedis(findExecutable('redis-server') ?? '')
  const { records, stop } = await openPostgresEnvironment('PGlite')
  return { records, connection: { kind: 'redis', url: server.url }, stop: () => stop().then(server.stop) }
}
