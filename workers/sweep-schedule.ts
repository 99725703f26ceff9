import { settlesWithin } from '../lib/settles-within.ts'

export interface SweepScheduleOptions {
  /** Time between two sweeps, ms. */
  everyMs: number
  /** ms, by a monotonic clock. */
  monotonicNow(): number
  /** Return how many sweeps all processes have completed. */
  countCompleted(): Promise<number>
  /** Add a sweep to the queue, unless one waits or runs. */
  requestSweep(): Promise<void>
  /** Run before each look at the count. */
  beforeCheck(): Promise<void>
  onError(error: Error): void
}

/** State of the sweeps of all processes, as observed by this one. */
export interface SweepStatus {
  everyMs: number
  /** Time since a sweep was completed, or since the start of this process if none was, ms. */
  sinceCompletedMs: number
  /** Number of sweeps that all processes have completed; undefined while the records do not respond. */
  completed: number | undefined
}

const maxCheckIntervalMs = 2_000
/** A check waits for as long as the Redis of the queue is unavailable. */
const stopTimeoutMs = 500

/**
 * Requests a sweep when none was completed for the interval, by any process. It depends on no clock that can be set and on
 * nothing that the queue keeps: a request that the queue has lost is repeated after the interval.
 */
export class SweepSchedule {
  readonly #options: SweepScheduleOptions
  readonly #checkIntervalMs: number
  readonly #timer: NodeJS.Timeout
  #completed: number | undefined
  #completedAt: number
  /** From when the interval counts: the last request of this process, or a sweep that another one requested. */
  #countsFrom = Number.NEGATIVE_INFINITY
  #awaitsOwnSweep = false
  #checking: Promise<void> | undefined
  #isStopped = false

  constructor(options: SweepScheduleOptions) {
    this.#options = options
    this.#completedAt = options.monotonicNow()
    this.#checkIntervalMs = Math.min(maxCheckIntervalMs, options.everyMs / 4)
    this.#check()
    this.#timer = setInterval(() => this.#check(), this.#checkIntervalMs)
  }

  status(): SweepStatus {
    const { everyMs, monotonicNow } = this.#options
    return { everyMs, sinceCompletedMs: monotonicNow() - this.#completedAt, completed: this.#completed }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await settlesWithin(stopTimeoutMs, Promise.resolve(this.#checking))
  }

  #check(): void {
    this.#checking ??= this.#requestIfDue()
      .catch((error: unknown) => {
        // The connections are closed under a check that the stop did not wait for.
        if (!this.#isStopped) this.#options.onError(error instanceof Error ? error : new Error(String(error)))
      })
      .finally(() => {
        this.#checking = undefined
      })
  }

  async #requestIfDue(): Promise<void> {
    const { everyMs, monotonicNow, beforeCheck, countCompleted, requestSweep } = this.#options
    await beforeCheck()
    this.#observe(await countCompleted())
    // Half a check early rather than late.
    const dueAt = this.#countsFrom + everyMs - this.#checkIntervalMs / 2
    if (this.#isStopped || monotonicNow() < dueAt) return
    await requestSweep()
    this.#countsFrom = monotonicNow()
    this.#awaitsOwnSweep = true
  }

  #observe(completed: number): void {
    const hasChanged = this.#completed !== undefined && completed !== this.#completed
    this.#completed = completed
    if (!hasChanged) return
    this.#completedAt = this.#options.monotonicNow()
    if (!this.#awaitsOwnSweep) this.#countsFrom = this.#completedAt
    this.#awaitsOwnSweep = false
  }
}
