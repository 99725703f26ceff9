import type { QueueName } from './jobs.ts'
import type { BullQueue } from './queue-backend.ts'

/** A job that failed for the last time. */
interface DeadLetter {
  queue: QueueName
  id: string
  data: unknown
  /** The last failure. */
  reason: string
  attempts: number
  failedAt: number
}

export interface DeadLetters {
  /** The newest first. */
  list(queue: QueueName, range?: { offset: number; limit: number }): Promise<DeadLetter[]>
  /** Gives a job all its attempts again. False when there is no such dead letter. */
  retry(queue: QueueName, id: string): Promise<boolean>
  /** Forgets a job. False when there is no such dead letter. */
  drop(queue: QueueName, id: string): Promise<boolean>
}

export function deadLettersOf<C>(queues: Record<QueueName, BullQueue<C>>): DeadLetters {
  const find = async (queue: QueueName, id: string) => {
    const job = await queues[queue].getJob(id)
    return job !== undefined && (await job.isFailed()) ? job : undefined
  }
  return {
    async list(queue, { offset, limit } = { offset: 0, limit: 100 }) {
      const jobs = await queues[queue].getFailed(offset, offset + limit - 1)
      return jobs.map((job) => ({
        queue,
        id: job.id ?? '',
        data: job.data,
        reason: job.failedReason,
        attempts: job.attemptsMade,
        failedAt: job.finishedOn ?? job.timestamp,
      }))
    },
    async retry(queue, id) {
      const job = await find(queue, id)
      await job?.retry('failed', { resetAttemptsMade: true })
      return job !== undefined
    },
    async drop(queue, id) {
      const job = await find(queue, id)
      await job?.remove()
      return job !== undefined
    },
  }
}
