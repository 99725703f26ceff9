import { setTimeout as sleep } from 'node:timers/promises'
import { race } from './race.ts'

const timedOut = Symbol('timed out')

/**
 * Wait for `work`, but for `ms` milliseconds at most.
 * @returns whether it was fulfilled in time
 * @throws what `work` rejects with in time; a later rejection is left to the caller
 */
export async function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  try {
    return (await race([work, sleep(ms, timedOut, { signal: timer.signal })])) !== timedOut
  } finally {
    timer.abort()
  }
}
