import { type IQueueBackend, Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type QueueName, queuePrefix } from '../jobs.ts'
import {
  type BullQueue,
  createPostgresQueueBackend,
  createRedisQueueBackend,
  type QueueBackend,
  type QueueConnection,
} from '../queue-backend.ts'

/** A queue as BullMQ has it, for tests of what an earlier version or a killed process left in it. */
export interface BareQueue {
  addSchedule(id: string, schedule: { every: number; startDate: number }): Promise<void>
  /** Take the next job under a lease of `leaseMs`, and never renew it. */
  takeJobAndDie(leaseMs: number): Promise<void>
  /** Return how long the lease of a job still lasts, ms. */
  leaseMs(job: string): Promise<number>
  close(): Promise<void>
}

export async function openBullQueue(connection: QueueConnection, name: QueueName): Promise<BareQueue> {
  if (connection.kind === 'postgres') {
    const { pool } = connection
    const leaseMs = async (job: string) => {
      const { rows } = await pool.query<{ until: string }>(
        'select locked_until_ms as until from bullmq.job where queue = $1 and id = $2',
        [name, job],
      )
      return Number(rows[0]?.until) - Date.now()
    }
    return withBackend(name, await createPostgresQueueBackend(pool), { leaseMs, close: async () => {} })
  }
  const redis = new Redis(connection.url)
  return withBackend(
    name,
    createRedisQueueBackend(connection.url, () => {}),
    {
      leaseMs: (job) => redis.pttl([queuePrefix, name, job, 'lock'].join(':')),
      close: async () => redis.disconnect(),
    },
  )
}

async function withBackend<C>(
  name: QueueName,
  backend: QueueBackend<C>,
  { leaseMs, close }: Pick<BareQueue, 'leaseMs' | 'close'>,
): Promise<BareQueue> {
  const options = { connection: backend.connection, prefix: queuePrefix }
  const queue: BullQueue<C> = new Queue(name, options, backend.factory)
  return {
    addSchedule: async (id, schedule) => void (await queue.upsertJobScheduler(id, schedule)),
    async takeJobAndDie(lockDuration) {
      const worker = new Worker<unknown, void, string, IQueueBackend, never, C>(
        name,
        null,
        { ...options, lockDuration },
        backend.factory,
      )
      await worker.getNextJob('dead')
      await worker.close()
    },
    leaseMs,
    async close() {
      await queue.close()
      await backend.close()
      await close()
    },
  }
}
