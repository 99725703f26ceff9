import { minuteMs } from '../../lib/time.ts'

const maxIntervalMs = minuteMs

/** Limits the entries that say only that a device was heard: one a minute, or more for kinds that report more often. */
export class SignsOfLife {
  readonly #lastAt = new Map<string, number>()

  /** @param now ms since 1970 UTC; a clock that was set back does not delay the next entry */
  isDue(device: string, now: number, expectedIntervalMs: number): boolean {
    const lastAt = this.#lastAt.get(device)
    const isRecent =
      lastAt !== undefined && now >= lastAt && now - lastAt < Math.min(maxIntervalMs, expectedIntervalMs)
    if (!isRecent) this.#lastAt.set(device, now)
    return !isRecent
  }

  forget(device: string): void {
    this.#lastAt.delete(device)
  }
}
