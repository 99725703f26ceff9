import { setTimeout as sleep } from 'node:timers/promises'
import { DelayedError, type IQueueBackend, Queue, Worker } from 'bullmq'
import type { JobOutcome, Measurements } from '../contract/measurements.ts'
import { RescheduleError } from '../desk/reschedule-error.ts'
import { isDependencyFailure } from '../store/journal/dependency-failure.ts'
import type { DeadLetterSource } from './dead-letters.ts'
import { type JobData, type NewJob, type QueueName, queueNames } from './jobs.ts'
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
  /** To be tried again later, or planned. */
  delayed: number
  /** Dead letters. */
  failed: number
}

interface WorkerOptions {
  /** Jobs in work at the same time. */
  concurrency: number
}

export interface Queues {
  add<N extends QueueName>(queue: N, jobs: readonly NewJob<N>[]): Promise<void>
  /** Adds a job to the sweep queue every so often, once among all processes. */
  scheduleSweep(ms: number): Promise<void>
  /**
   * Starts to take jobs. A handler that rejects is called again later, and the same job may be seen twice. What is known
   * to be the fault of a part behind is waited for as long as it lasts, and what rejects with a `NotYetError` for as long as
   * that says; what else fails has its attempts, then it is a dead letter.
   */
  startWorker<N extends QueueName>(
    queue: N,
    handle: (data: JobData[N]) => Promise<void>,
    options: WorkerOptions,
  ): void
  counts(): Promise<Record<QueueName, QueueCounts>>
  readonly deadLetters: readonly DeadLetterSource[]
  /** Lets the jobs in work finish, for a few seconds at most; what does not finish is done again after the next start. */
  close(): Promise<void>
}

export interface OpenQueuesOptions {
  connection: QueueConnection
  /** Told of lost connections, and of each failed attempt of a job. */
  onError(error: Error, job?: { queue: QueueName; id: string }): void
  retry?: JobRetryPolicy
  measurements?: Pick<Measurements, 'jobEnded'> | undefined
}

/** Finished jobs are kept for a look at what was done lately; the records remember what has to be remembered. */
const completedJobRetention = { age: 24 * 3_600, count: 1_000 }
/**
 * A finding is nowhere else by then: none is thrown away, however many fail. A notice is in the ledger, from which the
 * sweep queues one again that is not kept here; and there will be another sweep.
 */
const failedJobRetention = { findings: false, notices: { count: 10_000 }, sweep: { count: 100 } } as const
/** A job whose process died is given to another one after this. */
const jobLockMs = 20_000
const closeGraceMs = 3_000

export async function openQueues(options: OpenQueuesOptions): Promise<Queues> {
  const { connection, onError } = options
  return connection.kind === 'postgres'
    ? new BullQueues(await createPostgresQueueBackend(connection.pool), options)
    : new BullQueues(createRedisQueueBackend(connection.url, onError), options)
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
          prefix: 'forewarn',
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
    // A notice is queued again and again under its own id until it arrives, so its finished jobs are not kept.
    const opts = queue === 'notices' ? { removeOnComplete: true } : {}
    await this.#queues[queue].addBulk(
      jobs.map(({ id, data }) => ({ name: queue, data, opts: { ...opts, jobId: id } })),
    )
  }

  async scheduleSweep(ms: number): Promise<void> {
    await this.#queues.sweep.upsertJobScheduler('sweep', { every: ms }, { name: 'sweep', data: {} })
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
          // What `add` put in is what comes out.
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
          // By the clock that the queue goes by. This uses up no attempt.
          await job.moveToDelayed(Date.now() + waitMs, token)
          throw new DelayedError()
        }
      },
      {
        connection: this.#backend.connection,
        prefix: 'forewarn',
        concurrency: options.concurrency,
        lockDuration: jobLockMs,
        stalledInterval: jobLockMs / 2,
        // A job is not to blame for the deaths of its processes, and handlers may run twice.
        maxStalledCount: 100,
      },
      this.#backend.factory,
    )
    worker.on('error', (error) => this.#onError(error))
    worker.on('failed', (job, error) => this.#onError(error, { queue, id: job?.id ?? 'unknown' }))
    this.#workers.push(worker)
  }

  /** How long a job waits that could not be done now; undefined where that is a failed attempt. */
  #postponeMs(error: unknown, job: { queue: QueueName; id: string; starts: number }): number | undefined {
    if (error instanceof RescheduleError) return error.delayMs
    if (!(error instanceof Error) || !isDependencyFailure(error)) return undefined
    this.#onError(error, { queue: job.queue, id: job.id })
    return unavailableDelayMs(this.#retry, job.starts)
  }

  async counts(): Promise<Record<QueueName, QueueCounts>> {
    const [findings, notices, sweep] = await Promise.all(
      queueNames.map(async (name) => {
        const counts = await this.#queues[name].getJobCounts('waiting', 'active', 'delayed', 'failed')
        const { waiting = 0, active = 0, delayed = 0, failed = 0 } = counts
        return { waiting, active, delayed, failed }
      }),
    )
    return { findings, notices, sweep } as Record<QueueName, QueueCounts>
  }

  async close(): Promise<void> {
    const done = Promise.all(this.#workers.map((worker) => worker.close()))
    await Promise.race([done, sleep(closeGraceMs, undefined, { ref: false })])
    await Promise.all(Object.values(this.#queues).map((queue) => queue.close()))
    await this.#backend.close()
  }
}
