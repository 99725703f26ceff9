import {
  compareNewestFirst,
  type DeadLetter,
  type DeadLetterPage,
  type DeadLetterSource,
  extractDeviceId,
  isAfter,
} from './dead-letters.ts'
import type { BullQueue } from './queue-backend.ts'

type BullJob<C> = NonNullable<Awaited<ReturnType<BullQueue<C>['getJob']>>>

const jobsPerPage = 200

/** Create the source of the jobs of a queue that failed in all attempts. */
export function queueDeadLetters<C>(queue: BullQueue<C>): DeadLetterSource {
  const find = async (id: string) => {
    const job = await queue.getJob(id)
    return job !== undefined && (await job.isFailed()) ? job : undefined
  }
  return {
    name: queue.name,
    list: (page) => list(queue, page),
    async retry(id) {
      const job = await find(id)
      await job?.retry('failed', { resetAttemptsMade: true })
      return { is: job === undefined ? 'unknown' : 'queued' }
    },
    async drop(id) {
      const job = await find(id)
      await job?.remove()
      return { is: job === undefined ? 'unknown' : 'settled' }
    },
  }
}

/** Return a page. The queue returns the newest first, but jobs of the same time in an undefined order. */
async function list<C>(queue: BullQueue<C>, { limit, after }: DeadLetterPage): Promise<DeadLetter[]> {
  const found: DeadLetter[] = []
  for (let from = 0; ; from += jobsPerPage) {
    const jobs = await queue.getFailed(from, from + jobsPerPage - 1)
    const letters = jobs.map((job) => toDeadLetter(queue.name, job))
    found.push(...letters.filter((letter) => isAfter(letter, after)))
    const oldest = letters.at(-1)?.at ?? 0
    const isEnough = oldest < (found[limit - 1]?.at ?? oldest)
    if (jobs.length < jobsPerPage || isEnough) return found.sort(compareNewestFirst).slice(0, limit)
  }
}

function toDeadLetter<C>(place: string, job: BullJob<C>): DeadLetter {
  const { id = '', data, failedReason: error, attemptsMade: attempts } = job
  const at = job.finishedOn ?? job.timestamp
  return {
    id: `${place}:${id}`,
    source: place,
    device: extractDeviceId(data),
    error,
    attempts,
    at,
    content: data,
  }
}
