/** Condition variable: wakes all waiters; each checks its own condition again. */
export class ConditionVariable {
  readonly #waiting = new Set<() => void>()

  notifyAll(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Resolve at the next notification, or when `signal` aborts. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      if (signal.aborted) return resolve()
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
