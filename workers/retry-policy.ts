/** How jobs that fail are tried again: exponential, with jitter, then they are dead letters. */
export interface JobRetryPolicy {
  attempts: number
  initialDelayMs: number
}

/** The last attempt comes about half an hour after the first. */
export const defaultJobRetryPolicy: JobRetryPolicy = { attempts: 12, initialDelayMs: 1_000 }

/** Half of each delay is left to chance, so that what failed together does not come back together. */
const jitter = 0.5

/** The same as BullMQ takes it. */
export function toBullBackoff({ attempts, initialDelayMs }: JobRetryPolicy) {
  return { attempts, backoff: { type: 'exponential', delay: initialDelayMs, jitter } }
}

const maxUnavailableDelayMs = 30_000

/**
 * How long a job waits for a part behind it that is away, in milliseconds.
 * @param starts how often it was begun so far
 */
export function unavailableDelayMs({ initialDelayMs }: JobRetryPolicy, starts: number): number {
  return Math.min(maxUnavailableDelayMs, initialDelayMs * 2 ** Math.min(starts - 1, 20))
}
