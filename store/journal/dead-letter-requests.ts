/** Outcome of a request to retry or discard a dead letter. */
export type DeadLetterRequestOutcome =
  | { is: 'settled' }
  /** The retry failed: the entry stays a dead letter. */
  | { is: 'failed'; error: string }
  /** There is no dead letter with that offset. */
  | { is: 'unknown' }
  /** The consumer has ended. */
  | { is: 'stopped' }

export interface DeadLetterRequest {
  action: 'retry' | 'drop'
  offset: number
}

type PendingRequest = DeadLetterRequest & { answer(outcome: DeadLetterRequestOutcome): void }

/** Requests about dead letters, queued until the consumer is between two attempts of its own. */
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

  /** Aborts when a request arrives, or when the consumer stops. */
  get pendingSignal(): AbortSignal {
    return this.#pendingController.signal
  }

  add(request: DeadLetterRequest): Promise<DeadLetterRequestOutcome> {
    if (this.#ended) return Promise.resolve({ is: 'stopped' })
    return new Promise((answer) => {
      this.#waiting.push({ ...request, answer })
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

  /** Answer all queued and all further requests: the consumer has ended. */
  close(): void {
    this.#ended = true
    for (const { answer } of this.takeAll()) answer({ is: 'stopped' })
  }
}
