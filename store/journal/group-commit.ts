import { setImmediate } from 'node:timers/promises'
import { passFailpoint } from '../../lib/failpoint.ts'
import { JournalClosedError, JournalFencedError, JournalFullError, JournalWriteError } from './journal.ts'

/** Changes the draft state and writes to the transaction. Throws only before it has changed anything. */
type Plan<State, T> = (draft: State) => T

interface Job<State> {
  /** Run the plan; return what to do once the commit is durable. */
  run(draft: State): () => void
  bytes: number
  reject(error: Error): void
}

interface GroupCommitOptions<State> {
  state: State
  copy(state: State): State
  /**
   * Run `fill`, whose writes become one transaction. Resolve when it is durable, reject when nothing of it is. May
   * add to the draft what only the transaction finds out. `bytes`: sum over the plans.
   */
  transact(fill: () => void, draft: State, bytes: number): Promise<unknown>
  /** Called with each new state after its commit. */
  onCommitted(state: State): void
}

/**
 * One transaction is under way at a time, and everything that comes meanwhile goes into the next one together: a lone
 * plan is durable after one disk flush, many share a flush. A transaction changes a copy of the state (the draft),
 * which is discarded when the transaction fails, so that memory is never ahead of the disk.
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
   * Resolve with the plan's result when it is durable; reject with what the plan throws. `bytes`: upper bound of what the plan
   * writes, where the transaction needs it.
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

  /** Accept no further plan, and resolve when all accepted ones are settled. */
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
    const resolvers: (() => void)[] = []
    const fill = () => {
      for (const job of jobs) resolvers.push(runJob(job, draft))
      passFailpoint('journal.in_transaction')
    }
    const bytes = jobs.reduce((sum, job) => sum + job.bytes, 0)
    try {
      await this.#options.transact(fill, draft, bytes)
    } catch (cause) {
      const error = isSpecificJournalError(cause) ? cause : toWriteError(cause)
      for (const job of jobs) job.reject(error)
      return
    }
    passFailpoint('journal.after_commit')
    this.#state = draft
    this.#options.onCommitted(draft)
    for (const done of resolvers) done()
  }
}

function runJob<State>(job: Job<State>, draft: State): () => void {
  try {
    return job.run(draft)
  } catch (error) {
    return () => job.reject(error instanceof Error ? error : new Error(String(error)))
  }
}

/** Return the most specific error of a chain. */
function isSpecificJournalError(cause: unknown): cause is Error {
  return cause instanceof JournalFencedError || cause instanceof JournalFullError
}

function toWriteError(cause: unknown): JournalWriteError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new JournalWriteError(`the journal could not be written: ${reason}`, { cause })
}
