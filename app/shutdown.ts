interface Step {
  name: string
  run(): Promise<unknown>
}

/** What has to be undone, in the reverse of the order in which it was done. */
export class Shutdown {
  readonly #steps: Step[] = []
  readonly #onError: (error: unknown, what: string) => void
  #running: Promise<void> | undefined

  constructor(onError: (error: unknown, what: string) => void) {
    this.#onError = onError
  }

  /** `name` says in an error what could not be stopped. */
  add(name: string, run: () => Promise<unknown>): void {
    this.#steps.push({ name, run })
  }

  /** Every step is tried, whatever became of the one before it. */
  run(): Promise<void> {
    this.#running ??= this.#undo()
    return this.#running
  }

  async #undo(): Promise<void> {
    for (const { name, run } of this.#steps.toReversed()) {
      try {
        await run()
      } catch (error) {
        this.#onError(error, `stopping ${name}`)
      }
    }
  }
}
