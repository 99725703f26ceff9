import { setImmediate } from 'node:timers/promises'
import { JournalClosedError, JournalFencedError, JournalFullError, JournalWriteError } from './journal.ts'

/** Decides on the draft and puts what is to be written; throws before it has changed anything, or not at all. */
type Plan<State, T> = (draft: State) => T

interface Job<State> {
  /** Run the plan; returns what to do once the commit is durable. */
  run(draft: State): () => void
  bytes: number
  reject(error: Error): void
}

interface GroupCommitOptions<State> {
  state: State
  copy(state: State): State
  /**
   * Run `fill`, whose puts become one transaction; resolves when that is durable, rejects when nothing of it is. May
   * note on the draft, once filled, what only the transaction itself finds out. `bytes`: what its plans said together.
   */
  transact(fill: () => void, draft: State, bytes: number): Promise<unknown>
  /** Called with each new state after its commit. */
  onCommitted(state: State): void
}

/**
 * One transaction is under way at a time, and everything that comes meanwhile goes into the next one together: a lone
 * plan is durable after one disk flush, a flood shares its flushes. What a transaction does to the state is drafted on
 * a copy, and forgotten when the transaction fails, so that memory never runs ahead of the disk.
 */
export class GroupCommit<State> {
  readonly #options: GroupCommitOptions<State>
  #state: State
  #queue: Job<State>[] = []
  #draining: Promise<void> | undefined
  #closed = false

  constructor(options: GroupCommitOptions<State>) {
    this.#options = options
    this.#state = options.state
  }

  /** The state as of the last durable commit. */
  get state(): State {
    return this.#state
  }

  /**
   * Resolve with the plan's result when it is durable; rejects with what the plan throws. `bytes`: how much the plan
   * writes at most, where the transaction has to know.
   * @throws JournalWriteError (or JournalFencedError, JournalFullError) when the transaction failed;
   *   JournalClosedError after `close`
   */
  async add<T>(plan: Plan<State, T>, bytes = 0): Promise<T> {
    this.assertOpen()
    return await new Promise((resolve, reject) => {
      const run = (draft: State) => {
        const result = plan(draft)
        return () => resolve(result)
      }
      this.#queue.push({ run, reject, bytes })
      this.#draining ??= this.#drain()
    })
  }

  /** @throws JournalClosedError after `close` */
  assertOpen(): void {
    if (this.#closed) throw new JournalClosedError('the journal is closed')
  }

  /** Take no more, and resolve when everything taken is settled. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
  }

  async #drain(): Promise<void> {
    // Whatever else this turn of the event loop adds shares the first flush.
    await setImmediate()
    while (this.#queue.length > 0) {
      const jobs = this.#queue
      this.#queue = []
      await this.#commit(jobs)
    }
    this.#draining = undefined
  }

  async #commit(jobs: Job<State>[]): Promise<void> {
    const draft = this.#options.copy(this.#state)
    const settle: (() => void)[] = []
    const fill = () => {
      for (const job of jobs) settle.push(runJob(job, draft))
    }
    const bytes = jobs.reduce((sum, job) => sum + job.bytes, 0)
    try {
      await this.#options.transact(fill, draft, bytes)
    } catch (cause) {
      const error = isSpecificJournalError(cause) ? cause : toWriteError(cause)
      for (const job of jobs) job.reject(error)
      return
    }
    this.#state = draft
    this.#options.onCommitted(draft)
    for (const done of settle) done()
  }
}

function runJob<State>(job: Job<State>, draft: State): () => void {
  try {
    return job.run(draft)
  } catch (error) {
    return () => job.reject(error instanceof Error ? error : new Error(String(error)))
  }
}

/** What says more than that it failed. */
function isSpecificJournalError(cause: unknown): cause is Error {
  return cause instanceof JournalFencedError || cause instanceof JournalFullError
}

function toWriteError(cause: unknown): JournalWriteError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new JournalWriteError(`the journal could not be written: ${reason}`, { cause })
}
