/** Condition variable: wakes all waiters; each checks its own condition again. */
export class ConditionVariable {
  readonly #waiting = new Set<() => void>()

  notifyAll(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Resolve at the next notification, when `signal` aborts, or after `timeoutMs`. */
  wait(signal: AbortSignal, timeoutMs?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = timeoutMs === undefined ? undefined : setTimeout(wake, timeoutMs)
      if (signal.aborted) return wake()
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }
}
