import { ExpectedError } from '../lib/expected-error.ts'
import { settlesWithin } from '../lib/settles-within.ts'

interface ShutdownStep {
  name: string
  run(): Promise<unknown>
}

export interface ShutdownOptions {
  onError(error: unknown, what: string): void
  /** How long all steps together may take; default 7,000. */
  budgetMs?: number
}

/** A part did not end in time. Nothing is lost by that: what it had not done stands in the journal. */
class StopTimeoutError extends ExpectedError {
  override readonly name = 'StopTimeoutError'
}

/** No step may take more than this share of what is left of the time: those after it need some as well. */
const maxStepShare = 1 / 3

/** What has to be undone, in the reverse of the order in which it was done. */
export class Shutdown {
  readonly #steps: ShutdownStep[] = []
  readonly #onError: ShutdownOptions['onError']
  readonly #budgetMs: number
  #running: Promise<void> | undefined

  constructor({ onError, budgetMs = 7_000 }: ShutdownOptions) {
    this.#onError = onError
    this.#budgetMs = budgetMs
  }

  /** `name` says in an error what could not be stopped. */
  add(name: string, run: () => Promise<unknown>): void {
    this.#steps.push({ name, run })
  }

  /** Every step is tried, whatever became of the one before it. One that takes too long is told and left behind. */
  run(): Promise<void> {
    this.#running ??= this.#runSteps()
    return this.#running
  }

  async #runSteps(): Promise<void> {
    const endsAt = performance.now() + this.#budgetMs
    for (const { name, run } of this.#steps.toReversed()) {
      const told = (error: unknown) => this.#onError(error, `stopping ${name}`)
      const patienceMs = Math.max(0, endsAt - performance.now()) * maxStepShare
      // What fails after it was left behind is told too.
      const done = run().catch(told)
      if (!(await settlesWithin(patienceMs, done))) {
        const seconds = (patienceMs / 1_000).toFixed(1)
        told(
          new StopTimeoutError(
            `took longer than ${seconds} s, left as it is; the next start goes on from the journal`,
          ),
        )
      }
    }
  }
}
