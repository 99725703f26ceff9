import type { Redis } from 'ioredis'
import type pg from 'pg'
import { type QueueName, queuePrefix } from './jobs.ts'

interface QueueTimes {
  queues: readonly QueueName[]
  /** ms since 1970 UTC. */
  now: number
  /** Lease of a job, ms. */
  lockMs: number
}

interface MistimedJob {
  queue: QueueName
  id: string
}

/**
 * Finds times in queues that were set while the clock was ahead or behind. BullMQ stores when a delayed job is due and
 * when the lease of a running one ends as points in time: after the clock was set back, both would be awaited for as long
 * as it had been ahead.
 */
export interface QueueTimeRepair {
  /** Return delayed jobs that are due later than their delay from now on, or were due long ago; some thousand at most. */
  findMistimedJobs(times: QueueTimes): Promise<MistimedJob[]>
  /** Shorten leases that end later than a lease from now on. A process that lives renews its own in time. */
  shortenLocks(times: QueueTimes): Promise<void>
}

/** Less than this is the difference between two clocks of a cluster, or a busy worker. */
const toleranceMs = 5_000
const maxJobs = 1_000

export function postgresTimeRepair(pool: Pick<pg.Pool, 'query'>): QueueTimeRepair {
  return {
    async findMistimedJobs({ queues, now }) {
      const { rows } = await pool.query<MistimedJob>(
        `select queue, id from bullmq.job where queue = any($1) and state = 'delayed'
          and (process_at_ms > $2::bigint + delay_ms + ${toleranceMs} or process_at_ms < $2::bigint - ${toleranceMs})
          limit ${maxJobs}`,
        [queues, now],
      )
      return rows
    },
    async shortenLocks({ queues, now, lockMs }) {
      await pool.query(
        `update bullmq.job set locked_until_ms = $2::bigint + $3
          where queue = any($1) and state = 'active' and locked_until_ms > $2::bigint + $3 + ${toleranceMs}`,
        [queues, now, lockMs],
      )
    },
  }
}

/** Number by which BullMQ multiplies the due time of a delayed job, to keep the order of those of the same ms. */
const scorePerMs = 0x1000

export function redisTimeRepair(redis: Redis): QueueTimeRepair {
  const key = (queue: QueueName, ...more: string[]) => [queuePrefix, queue, ...more].join(':')
  const findIn = async (queue: QueueName, now: number): Promise<MistimedJob[]> => {
    const delayed = key(queue, 'delayed')
    const [overdue, latest] = await Promise.all([
      redis.zrangebyscore(delayed, '-inf', (now - toleranceMs) * scorePerMs, 'LIMIT', 0, maxJobs),
      redis.zrevrangebyscore(
        delayed,
        '+inf',
        (now + toleranceMs) * scorePerMs,
        'WITHSCORES',
        'LIMIT',
        0,
        maxJobs,
      ),
    ])
    const ids = latest.filter((_, index) => index % 2 === 0)
    const delays = await Promise.all(ids.map((id) => redis.hget(key(queue, id), 'delay')))
    const tooLate = ids.filter((_, index) => {
      const dueAt = Number(latest[2 * index + 1]) / scorePerMs
      return dueAt > now + Number(delays[index] ?? 0) + toleranceMs
    })
    return [...overdue, ...tooLate].map((id) => ({ queue, id }))
  }
  return {
    async findMistimedJobs({ queues, now }) {
      return (await Promise.all(queues.map((queue) => findIn(queue, now)))).flat()
    },
    async shortenLocks({ queues, lockMs }) {
      for (const queue of queues) {
        for (const id of await redis.lrange(key(queue, 'active'), 0, maxJobs)) {
          const lock = key(queue, id, 'lock')
          if ((await redis.pttl(lock)) > lockMs + toleranceMs) await redis.pexpire(lock, lockMs)
        }
      }
    },
  }
}
