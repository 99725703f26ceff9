import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type PgPool,
  type PostgresConnectionOptions,
  type Queue,
  runMigrations,
} from 'bullmq'
import { Redis } from 'ioredis'
import type pg from 'pg'
import { postgresTimeRepair, type QueueTimeRepair, redisTimeRepair } from './queue-time-repair.ts'

/** Backend of the queues: the records database, or Redis. */
export type QueueConnection = { kind: 'postgres'; pool: pg.Pool } | { kind: 'redis'; url: string }

/** Constructors and connection options for BullMQ, and what its API does not offer. */
export interface QueueBackend<C> {
  factory: BackendFactory<IQueueBackend, C>
  connection: C
  repair: QueueTimeRepair
  /** Time after which an idle worker looks for a job without having been notified of one, s. */
  idleCheckSeconds: number
  close(): Promise<void>
}

export type BullQueue<C> = Queue<unknown, void, string, unknown, void, string, IQueueBackend, C>

/** Create queues in the schema `bullmq` of the records database, which is created or migrated first. */
export async function createPostgresQueueBackend(
  pool: pg.Pool,
): Promise<QueueBackend<PostgresConnectionOptions>> {
  const client = await pool.connect()
  try {
    await runMigrations(client)
  } finally {
    client.release()
  }
  // BullMQ adds an error listener for each queue and each worker.
  pool.setMaxListeners(0)
  // A pg.Pool is a PgPool; their types differ in whether optional properties may be undefined.
  const connection = pool as unknown as PgPool
  return {
    factory: createPostgresBackend,
    connection,
    repair: postgresTimeRepair(pool),
    // Each look is four queries. PostgreSQL notifies of each new job, and jobs that are overdue are made due by `repairTimes`.
    idleCheckSeconds: 20,
    close: async () => {},
  }
}

export function createRedisQueueBackend(
  url: string,
  onError: (error: Error) => void,
): QueueBackend<ConnectionOptions> {
  // BullMQ requires null: commands wait until Redis is available again instead of failing.
  const retryStrategy = (failures: number) => Math.min(250 * failures, 5_000)
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy })
  redis.on('error', onError)
  return {
    factory: createRedisBackend,
    connection: redis,
    repair: redisTimeRepair(redis),
    idleCheckSeconds: 5,
    close: async () => redis.disconnect(),
  }
}
