/** How jobs that fail are tried again: exponential, with jitter, then they are dead letters. */
export interface JobRetry {
  attempts: number
  firstDelayMs: number
}

/** The last attempt comes about half an hour after the first. */
export const defaultJobRetry: JobRetry = { attempts: 12, firstDelayMs: 1_000 }

/** Half of each delay is left to chance, so that what failed together does not come back together. */
const jitter = 0.5

/** The same as BullMQ takes it. */
export function backoffOf({ attempts, firstDelayMs }: JobRetry) {
  return { attempts, backoff: { type: 'exponential', delay: firstDelayMs, jitter } }
}

const longestWaitMs = 30_000

/**
 * How long a job waits for a part behind it that is away, in milliseconds.
 * @param starts how often it was begun so far
 */
export function waitForPartMs({ firstDelayMs }: JobRetry, starts: number): number {
  return Math.min(longestWaitMs, firstDelayMs * 2 ** Math.min(starts - 1, 20))
}
