import { setTimeout as sleep } from 'node:timers/promises'
import { DelayedError, type IQueueBackend, type JobsOptions, Queue, Worker } from 'bullmq'
import type { JobOutcome, Measurements } from '../contract/measurements.ts'
import { RescheduleError } from '../desk/reschedule-error.ts'
import { race } from '../lib/race.ts'
import { isDependencyFailure } from '../store/journal/dependency-failure.ts'
import type { DeadLetterSource } from './dead-letters.ts'
import { batchJobs } from './job-batches.ts'
import { type JobData, type NewJob, type QueueName, queueNames, queuePrefix } from './jobs.ts'
import {
  type BullQueue,
  createPostgresQueueBackend,
  createRedisQueueBackend,
  type QueueBackend,
  type QueueConnection,
} from './queue-backend.ts'
import { queueDeadLetters } from './queue-dead-letters.ts'
import {
  defaultJobRetryPolicy,
  type JobRetryPolicy,
  toBullBackoff,
  unavailableDelayMs,
} from './retry-policy.ts'

export interface QueueCounts {
  waiting: number
  active: number
  /** Jobs to be retried later, or scheduled. */
  delayed: number
  /** Number of dead letters. */
  failed: number
}

interface WorkerOptions {
  /** Number of jobs handled at the same time. */
  concurrency: number
}

export interface Queues {
  add<N extends QueueName>(queue: N, jobs: readonly NewJob<N>[]): Promise<void>
  /** Add a sweep, unless one waits or runs. */
  requestSweep(): Promise<void>
  /** Remove the schedule of sweeps that earlier versions kept in the queue. */
  removeSweepScheduler(): Promise<void>
  /**
   * Make jobs due, and leases end, that a clock which was ahead or behind would hold back for as long.
   * @returns the number of jobs that are due now
   */
  repairTimes(now: number): Promise<number>
  /**
   * Start to process jobs. A handler that rejects is called again later, and the same job may be handled twice. A
   * failure known to be caused by a dependency is retried for as long as it lasts, and a `RescheduleError` for as long
   * as it states; any other failure uses up an attempt, and after the last one the job is a dead letter. A failed sweep is
   * not retried: the next one repeats its work.
   */
  startWorker<N extends QueueName>(
    queue: N,
    handle: (data: JobData[N]) => Promise<void>,
    options: WorkerOptions,
  ): void
  /** Remove those of the jobs that are completed, so that they can be added again under their ids. */
  removeCompleted(queue: QueueName, ids: readonly string[]): Promise<void>
  /** Return those of the jobs that failed in all attempts: the dead letters among them. */
  findFailed(queue: QueueName, ids: readonly string[]): Promise<string[]>
  /** Return whether jobs wait, run, or will be retried. */
  hasUnfinished(queue: QueueName): Promise<boolean>
  /** Return those of the jobs that the queue does not have, in any state. */
  findMissing(queue: QueueName, ids: readonly string[]): Promise<string[]>
  counts(): Promise<Record<QueueName, QueueCounts>>
  readonly deadLetters: readonly DeadLetterSource[]
  /** Wait for running jobs, for a few seconds at most; unfinished ones are run again after the next start. */
  close(): Promise<void>
}

export interface OpenQueuesOptions {
  connection: QueueConnection
  /** Called on lost connections, and on each failed attempt of a job. */
  onError(error: Error, job?: { queue: QueueName; id: string }): void
  retry?: JobRetryPolicy
  measurements?: Pick<Measurements, 'jobEnded'> | undefined
}

/** Retention of completed jobs, for inspection only; the records store all results. Age in seconds. */
const completedJobRetention = { age: 24 * 3_600, count: 1_000 }
/**
 * A finding is stored nowhere else by then: all failed ones are kept, however many. A notice is in the records, from
 * which the sweep queues it again if it is not kept here; a failed sweep is followed by the next one.
 */
const failedJobRetention = { findings: false, notices: { count: 10_000 }, sweep: { count: 100 } } as const
/**
 * A notice is queued repeatedly under its own id until it arrives, and sweeps have one id, so that their ended jobs are not
 * kept: while a job is kept, another one with its id is not added.
 */
const jobOptions: Record<QueueName, Pick<JobsOptions, 'attempts' | 'removeOnComplete' | 'removeOnFail'>> = {
  findings: {},
  notices: { removeOnComplete: true },
  sweep: { attempts: 1, removeOnComplete: true, removeOnFail: true },
}
/** Lease of a job: if its process dies, another one takes the job after this time. */
const jobLockMs = 20_000
const closeGraceMs = 3_000
/**
 * Fewer jobs are added one by one. For each bulk, BullMQ creates temporary tables in PostgreSQL: that takes as long as ten
 * jobs, leaves dead rows in the system's catalogs, and enlarges their cache in each session for as long as it lasts.
 */
const minBulkJobs = 12
/**
 * JSON characters of the jobs of a bulk. PGlite takes eight bytes of memory for each byte of a bulk, for as long as it
 * runs: what WebAssembly allocated once it never gives back.
 */
const maxBulkLength = 512 * 1_024

export async function openQueues(options: OpenQueuesOptions): Promise<Queues> {
  const { connection, onError } = options
  return connection.kind === 'postgres'
    ? new BullQueues(await createPostgresQueueBackend(connection.pool), options)
    : new BullQueues(createRedisQueueBackend(connection.url, onError), options)
}

/** Make a delayed job due. @returns false when it was not delayed any more */
async function makeDue<C>(queue: BullQueue<C>, id: string): Promise<boolean> {
  const job = await queue.getJob(id)
  try {
    await job?.promote()
    return job !== undefined
  } catch (error) {
    if (await job?.isDelayed()) throw error
    return false
  }
}

class BullQueues<C> implements Queues {
  readonly deadLetters: readonly DeadLetterSource[]
  readonly #retry: JobRetryPolicy
  readonly #backend: QueueBackend<C>
  readonly #onError: OpenQueuesOptions['onError']
  readonly #measurements: OpenQueuesOptions['measurements']
  readonly #queues: Record<QueueName, BullQueue<C>>
  readonly #workers: Worker<unknown, void, string, IQueueBackend, never, C>[] = []

  constructor(
    backend: QueueBackend<C>,
    { onError, retry = defaultJobRetryPolicy, measurements }: OpenQueuesOptions,
  ) {
    this.#backend = backend
    this.#onError = onError
    this.#measurements = measurements
    this.#retry = retry
    const open = (name: QueueName): BullQueue<C> => {
      const queue: BullQueue<C> = new Queue(
        name,
        {
          connection: backend.connection,
          prefix: queuePrefix,
          defaultJobOptions: {
            ...toBullBackoff(retry),
            removeOnComplete: completedJobRetention,
            removeOnFail: failedJobRetention[name],
          },
        },
        backend.factory,
      )
      queue.on('error', (error) => onError(error))
      return queue
    }
    this.#queues = { findings: open('findings'), notices: open('notices'), sweep: open('sweep') }
    this.deadLetters = Object.values(this.#queues).map((one) => queueDeadLetters(one))
  }

  async add<N extends QueueName>(queue: N, jobs: readonly NewJob<N>[]): Promise<void> {
    if (jobs.length === 0) return
    const bull = this.#queues[queue]
    const added = jobs.map(({ id, data, priority = 0, isKept = true }) => ({
      name: queue,
      data,
      opts: { ...jobOptions[queue], ...(!isKept && { removeOnComplete: true }), priority, jobId: id },
    }))
    for (const batch of batchJobs(added, maxBulkLength)) {
      if (batch.length >= minBulkJobs) await bull.addBulk(batch)
      else for (const { name, data, opts } of batch) await bull.add(name, data, opts)
    }
  }

  requestSweep(): Promise<void> {
    return this.add('sweep', [{ id: 'sweep', data: {} }])
  }

  async removeSweepScheduler(): Promise<void> {
    await this.#queues.sweep.removeJobScheduler('sweep')
  }

  async repairTimes(now: number): Promise<number> {
    let repaired = 0
    const times = { queues: queueNames, now, lockMs: jobLockMs }
    await this.#backend.repair.shortenLocks(times)
    for (const { queue, id } of await this.#backend.repair.findMistimedJobs(times)) {
      if (await makeDue(this.#queues[queue], id)) repaired += 1
    }
    return repaired
  }

  startWorker<N extends QueueName>(
    queue: N,
    handle: (data: JobData[N]) => Promise<void>,
    options: WorkerOptions,
  ): void {
    const worker = new Worker<unknown, void, string, IQueueBackend, never, C>(
      queue,
      async (job, token) => {
        const startedAt = performance.now()
        const ended = (outcome: JobOutcome) =>
          this.#measurements?.jobEnded(queue, outcome, performance.now() - startedAt)
        try {
          // The data has the type that `add` accepted.
          await handle(job.data as JobData[N])
          ended('done')
        } catch (error) {
          const waitMs = this.#postponeMs(error, {
            queue,
            id: job.id ?? 'unknown',
            starts: job.attemptsStarted,
          })
          ended(waitMs === undefined ? 'failed' : 'postponed')
          if (waitMs === undefined) throw error
          // By the clock of the queue, see `repairTimes`. This uses up no attempt.
          await job.moveToDelayed(Date.now() + waitMs, token)
          throw new DelayedError()
        }
      },
      {
        connection: this.#backend.connection,
        prefix: queuePrefix,
        concurrency: options.concurrency,
        lockDuration: jobLockMs,
        stalledInterval: jobLockMs / 2,
        drainDelay: this.#backend.idleCheckSeconds,
        // The death of a process is not a failure of its job, and handlers may run twice.
        maxStalledCount: 100,
      },
      this.#backend.factory,
    )
    worker.on('error', (error) => this.#onError(error))
    worker.on('failed', (job, error) => this.#onError(error, { queue, id: job?.id ?? 'unknown' }))
    this.#workers.push(worker)
  }

  async removeCompleted(queue: QueueName, ids: readonly string[]): Promise<void> {
    const completed = await this.#findInState(queue, ids, 'completed')
    await Promise.all(completed.map((id) => this.#queues[queue].remove(id)))
  }

  async findFailed(queue: QueueName, ids: readonly string[]): Promise<string[]> {
    // Mostly none has: one query then, not one for each id.
    return (await this.#queues[queue].getFailedCount()) === 0 ? [] : this.#findInState(queue, ids, 'failed')
  }

  async hasUnfinished(queue: QueueName): Promise<boolean> {
    return (await this.#queues[queue].getJobCountByTypes('waiting', 'prioritized', 'active', 'delayed')) > 0
  }

  async findMissing(queue: QueueName, ids: readonly string[]): Promise<string[]> {
    return await this.#findInState(queue, ids, 'unknown')
  }

  async #findInState(queue: QueueName, ids: readonly string[], state: string): Promise<string[]> {
    const states = await Promise.all(ids.map((id) => this.#queues[queue].getJobState(id)))
    return ids.filter((_, i) => states[i] === state)
  }

  /** Return the delay, ms, of a job that cannot be done now; undefined where it is a failed attempt. */
  #postponeMs(error: unknown, job: { queue: QueueName; id: string; starts: number }): number | undefined {
    if (job.queue === 'sweep') return undefined
    if (error instanceof RescheduleError) return error.delayMs
    if (!(error instanceof Error) || !isDependencyFailure(error)) return undefined
    this.#onError(error, { queue: job.queue, id: job.id })
    return unavailableDelayMs(this.#retry, job.starts)
  }

  async counts(): Promise<Record<QueueName, QueueCounts>> {
    const [findings, notices, sweep] = await Promise.all(
      queueNames.map(async (name) => {
        const states = ['waiting', 'prioritized', 'active', 'delayed', 'failed'] as const
        const counts = await this.#queues[name].getJobCounts(...states)
        const { waiting = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts
        return { waiting: waiting + prioritized, active, delayed, failed }
      }),
    )
    return { findings, notices, sweep } as Record<QueueName, QueueCounts>
  }

  async close(): Promise<void> {
    const done = Promise.all(this.#workers.map((worker) => worker.close()))
    await race([done, sleep(closeGraceMs, undefined, { ref: false })])
    await Promise.all(Object.values(this.#queues).map((queue) => queue.close()))
    await this.#backend.close()
  }
}
