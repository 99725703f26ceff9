import { ExpectedError } from '../lib/expected-error.ts'
import { settlesWithin } from '../lib/settles-within.ts'

interface ShutdownStep {
  name: string
  run(): Promise<unknown>
}

export interface ShutdownOptions {
  onError(error: unknown, what: string): void
  /** Time limit of all steps together, ms. Default: 7,000. */
  budgetMs?: number
}

/** A step did not end in time. No data is lost: the next start continues from the journal. */
class StopTimeoutError extends ExpectedError {
  override readonly name = 'StopTimeoutError'
}

/** Largest share of the remaining time for one step: later steps need some as well. */
const maxStepShare = 1 / 3

/** Steps of a shutdown, run in reverse order of the start. */
export class Shutdown {
  readonly #steps: ShutdownStep[] = []
  readonly #onError: ShutdownOptions['onError']
  readonly #budgetMs: number
  #running: Promise<void> | undefined

  constructor({ onError, budgetMs = 7_000 }: ShutdownOptions) {
    this.#onError = onError
    this.#budgetMs = budgetMs
  }

  /** Add a step. `name` identifies it in errors. After the shutdown has begun it is run at once. */
  add(name: string, run: () => Promise<unknown>): void {
    if (this.#running === undefined) this.#steps.push({ name, run })
    else run().catch((error: unknown) => this.#onError(error, `stopping ${name}`))
  }

  /** Run every step, also after one that failed. A step that exceeds its time is reported and not awaited any longer. */
  run(): Promise<void> {
    this.#running ??= this.#runSteps()
    return this.#running
  }

  async #runSteps(): Promise<void> {
    const endsAt = performance.now() + this.#budgetMs
    for (const { name, run } of this.#steps.toReversed()) {
      const told = (error: unknown) => this.#onError(error, `stopping ${name}`)
      const timeoutMs = Math.max(0, endsAt - performance.now()) * maxStepShare
      // Errors after the time limit are reported, too.
      const done = run().catch(told)
      if (!(await settlesWithin(timeoutMs, done))) {
        const seconds = (timeoutMs / 1_000).toFixed(1)
        told(
          new StopTimeoutError(
            `took longer than ${seconds} s, left as it is; the next start goes on from the journal`,
          ),
        )
      }
    }
  }
}
