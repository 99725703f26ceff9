/** What became of the wish to handle an entry again that was set aside, or to forget it. */
export type WishOutcome =
  | { is: 'settled' }
  /** It was tried, and is still set aside. */
  | { is: 'failed'; error: string }
  /** Nothing of that offset is set aside. */
  | { is: 'unknown' }
  /** The consumer has ended. */
  | { is: 'stopped' }

export interface Wish {
  do: 'retry' | 'drop'
  offset: number
}

type Waiting = Wish & { answer(outcome: WishOutcome): void }

/** What people want of a consumer, until it has time for it: between two attempts of its own. */
export class Wishes {
  readonly #stop: AbortSignal
  #waiting: Waiting[] = []
  #bell = new AbortController()
  #ended = false

  constructor(stop: AbortSignal) {
    this.#stop = stop
    stop.addEventListener('abort', () => this.#bell.abort(), { once: true })
    if (stop.aborted) this.#bell.abort()
  }

  /** Aborts when there is a wish, or when all is to stop. */
  get signal(): AbortSignal {
    return this.#bell.signal
  }

  add(wish: Wish): Promise<WishOutcome> {
    if (this.#ended) return Promise.resolve({ is: 'stopped' })
    return new Promise((answer) => {
      this.#waiting.push({ ...wish, answer })
      this.#bell.abort()
    })
  }

  take(): Waiting[] {
    const taken = this.#waiting
    if (taken.length === 0) return []
    this.#waiting = []
    if (!this.#stop.aborted) this.#bell = new AbortController()
    return taken
  }

  /** Answers what is left, and what is still to come. */
  end(): void {
    this.#ended = true
    for (const { answer } of this.take()) answer({ is: 'stopped' })
  }
}
