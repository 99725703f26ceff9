import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Wait for `work`, but for `ms` milliseconds at most.
 * @returns whether it was fulfilled in time
 * @throws what `work` rejects with in time; a later rejection is left to the caller
 */
export async function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const timeout = sleep(ms, false, { signal: timer.signal })
  timeout.catch(() => {}) // The abort below rejects it after the race was won.
  try {
    return await Promise.race([work.then(() => true), timeout])
  } finally {
    timer.abort()
  }
}
