/** What became of the wish to handle an entry again that was set aside, or to forget it. */
export type DeadLetterRequestOutcome =
  | { is: 'settled' }
  /** It was tried, and is still set aside. */
  | { is: 'failed'; error: string }
  /** Nothing of that offset is set aside. */
  | { is: 'unknown' }
  /** The consumer has ended. */
  | { is: 'stopped' }

export interface DeadLetterRequest {
  action: 'retry' | 'drop'
  offset: number
}

type PendingRequest = DeadLetterRequest & { answer(outcome: DeadLetterRequestOutcome): void }

/** What people want of a consumer, until it has time for it: between two attempts of its own. */
export class DeadLetterRequests {
  readonly #stop: AbortSignal
  #waiting: PendingRequest[] = []
  #pendingController = new AbortController()
  #ended = false

  constructor(stop: AbortSignal) {
    this.#stop = stop
    stop.addEventListener('abort', () => this.#pendingController.abort(), { once: true })
    if (stop.aborted) this.#pendingController.abort()
  }

  /** Abort when there is a wish, or when all is to stop. */
  get pendingSignal(): AbortSignal {
    return this.#pendingController.signal
  }

  add(wish: DeadLetterRequest): Promise<DeadLetterRequestOutcome> {
    if (this.#ended) return Promise.resolve({ is: 'stopped' })
    return new Promise((answer) => {
      this.#waiting.push({ ...wish, answer })
      this.#pendingController.abort()
    })
  }

  takeAll(): PendingRequest[] {
    const taken = this.#waiting
    if (taken.length === 0) return []
    this.#waiting = []
    if (!this.#stop.aborted) this.#pendingController = new AbortController()
    return taken
  }

  /** Answer what is left, and what is still to come. */
  close(): void {
    this.#ended = true
    for (const { answer } of this.takeAll()) answer({ is: 'stopped' })
  }
}
