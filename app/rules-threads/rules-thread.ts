import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads'
import type { MissingInput } from '../../contract/measurements.ts'
import { abortableSleep } from '../../lib/abortable-sleep.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { monotonicNow } from '../../lib/monotonic-clock.ts'
import { fromSentError, type SentError } from '../../lib/threads/sent-error.ts'
import { startThread } from '../../lib/threads/start-thread.ts'
import { type Handlers, ThreadLink } from '../../lib/threads/thread-link.ts'
import type { RuleMeasurements } from '../../rules/consumer/rules-consumer.ts'
import type { RunningConsumer } from '../../store/journal/consume.ts'
import type { DeadLetterRequest, DeadLetterRequestOutcome } from '../../store/journal/dead-letter-requests.ts'
import type { Partitions } from '../../store/journal/partitions.ts'
import type { RetryStatus } from '../../store/journal/retry-loop.ts'
import { journalErrors } from '../../store/journal/thread/journal-calls.ts'
import { serveJournal } from '../../store/journal/thread/serve-journal.ts'
import type { MainThreadCalls, Measured, RulesThreadCalls, RulesThreadData } from './calls.ts'

/** A thread that evaluates the rules has ended on its own; it is started again, and continues from the last checkpoint. */
export class RulesThreadEndedError extends ExpectedError {
  override readonly name = 'RulesThreadEndedError'
}

export interface RulesThreadOptions {
  /** All of the installation. */
  partitions: Partitions
  plugins: readonly string[]
  kindFolders: readonly string[]
  signal: AbortSignal
  measurements?: RuleMeasurements | undefined
  now(): number
  onError(error: unknown, partition: number): void
  onInputMissing?(missing: MissingInput): void
}

/** A partition whose rules the thread evaluates. */
interface Evaluation {
  status: RetryStatus
  /** Ends `done`; with an error when the journal belongs to another process. */
  end(error?: Error): void
}

interface RunningThread {
  worker: Worker
  link: ThreadLink<RulesThreadCalls, MainThreadCalls>
  /** Resolves when the thread has ended and nothing that it had asked of a journal is in work any more. */
  ended: Promise<void>
}

/** Pause before the thread is started again, doubled each time that it has ended again before it ran for the longest pause. */
const restart = { initialMs: 500, maxMs: 30_000 }

/** One thread that evaluates the rules of some partitions, seen from the main thread. */
export class RulesThread {
  readonly #options: RulesThreadOptions
  readonly #own: readonly number[]
  readonly #evaluations = new Map<number, Evaluation>()
  #thread: RunningThread
  #startedAt = monotonicNow()
  #pauseMs = restart.initialMs

  /** @param own partitions that may be started in it */
  constructor(own: readonly number[], options: RulesThreadOptions) {
    this.#options = options
    this.#own = own
    this.#thread = this.#spawn()
    options.signal.addEventListener('abort', () => void this.#stop(), { once: true })
  }

  /** Begin to evaluate a partition, as `runRulesConsumer` does. @throws when its rules or states cannot be loaded */
  async run(partition: number): Promise<RunningConsumer> {
    const status: RetryStatus = { totalFailures: 0, consecutiveFailures: 0 }
    const { promise, resolve, reject } = withResolvers()
    this.#evaluations.set(partition, { status, end: (error) => (error ? reject(error) : resolve()) })
    await this.#thread.link.call('start', { partition })
    return {
      status,
      done: promise,
      deadLetters: () => this.#thread.link.call('deadLetters', { partition }),
      retry: (offset) => this.#settle(partition, { action: 'retry', offset }),
      drop: (offset) => this.#settle(partition, { action: 'drop', offset }),
    }
  }

  #settle(partition: number, request: DeadLetterRequest): Promise<DeadLetterRequestOutcome> {
    return this.#thread.link.call('settle', { partition, request })
  }

  #spawn(): RunningThread {
    const { partitions, plugins, kindFolders } = this.#options
    const served = partitions.map((journal) => {
      const { port1, port2 } = new MessageChannel()
      return { journal: serveJournal(journal, port1), port1, port2 }
    })
    const journals: MessagePort[] = served.map(({ port2 }) => port2)
    const workerData: RulesThreadData = { plugins, kindFolders, journals, partitions: this.#own }
    const worker = startThread(new URL('./thread', import.meta.url), { workerData, transferList: journals })
    const link = new ThreadLink<RulesThreadCalls, MainThreadCalls>(worker, {
      handlers: this.#handlers(),
      errors: journalErrors,
      onError: (error) => this.#report(error),
    })
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    const ended = new Promise<void>((resolve) => {
      worker.once('exit', (code) => {
        const reason = new RulesThreadEndedError(
          `the thread that evaluates the rules has ended (code ${code})`,
          {
            cause,
          },
        )
        const ends = served.map(({ journal }) => journal.end(reason))
        void Promise.all([link.fail(reason), ...ends]).then(() => {
          for (const { port1 } of served) port1.close()
          resolve()
        })
        void this.#ended(reason)
      })
    })
    return { worker, link, ended }
  }

  #handlers(): Handlers<MainThreadCalls> {
    const { onError } = this.#options
    return {
      failed: ({ partition, error }) => onError(revive(error), partition),
      statusChanged: ({ partition, status, lastError }) => {
        Object.assign(this.#evaluations.get(partition)?.status ?? {}, status, {
          lastError: revive(lastError),
        })
      },
      ended: ({ partition, error }) => this.#evaluations.get(partition)?.end(revive(error)),
      measured: (measured) => measure(measured, this.#options),
    }
  }

  async #stop(): Promise<void> {
    const { link, worker } = this.#thread
    try {
      await link.call('stop', undefined)
    } catch (error) {
      // It has ended by itself meanwhile: then there is nothing to wait for.
      if (!(error instanceof RulesThreadEndedError)) this.#report(error)
    }
    await worker.terminate()
    await this.#thread.ended
    for (const { end } of this.#evaluations.values()) end()
  }

  #report(error: unknown): void {
    for (const partition of this.#own) this.#options.onError(error, partition)
  }

  /** Start the thread again, and in it what ran before, once nothing of the old one can reach the journal any more. */
  async #ended(reason: RulesThreadEndedError): Promise<void> {
    const { signal, onError } = this.#options
    if (signal.aborted) return
    for (const [partition, { status }] of this.#evaluations) {
      status.totalFailures += 1
      status.consecutiveFailures += 1
      status.lastError = reason
      onError(reason, partition)
    }
    await this.#thread.ended
    if (monotonicNow() - this.#startedAt > restart.maxMs) this.#pauseMs = restart.initialMs
    await abortableSleep(this.#pauseMs, signal)
    this.#pauseMs = Math.min(restart.maxMs, 2 * this.#pauseMs)
    if (signal.aborted) return
    this.#startedAt = monotonicNow()
    this.#thread = this.#spawn()
    const { link } = this.#thread
    for (const [partition, { status }] of this.#evaluations) {
      try {
        await link.call('start', { partition })
        status.consecutiveFailures = 0
      } catch (error) {
        // Where the thread itself ended, that was reported, and leads to the next start.
        if (error instanceof RulesThreadEndedError) return
        onError(error, partition)
        await this.#thread.worker.terminate()
        return
      }
    }
  }
}

function revive(error: SentError): Error {
  return fromSentError(error, journalErrors)
}

function measure(measured: Measured, { measurements, now, onInputMissing }: RulesThreadOptions): void {
  switch (measured.method) {
    case 'batchHandled':
      measurements?.batchHandled(...measured.args)
      break
    case 'detectorCalled':
      measurements?.detectorCalled(...measured.args)
      break
    case 'findingCommitted':
      measurements?.findingCommitted({ ...measured.args[0], committedAt: now() })
      break
    case 'ruleInputMissing':
      measurements?.ruleInputMissing?.(...measured.args)
      onInputMissing?.(...measured.args)
  }
}

function withResolvers(): { promise: Promise<void>; resolve(): void; reject(error: Error): void } {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => undefined, () => undefined]
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
