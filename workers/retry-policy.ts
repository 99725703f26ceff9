/** Retry policy of failed jobs: exponential delays with jitter; after the last attempt a job is a dead letter. */
export interface JobRetryPolicy {
  attempts: number
  initialDelayMs: number
}

/** The last attempt comes about half an hour after the first. */
export const defaultJobRetryPolicy: JobRetryPolicy = { attempts: 12, initialDelayMs: 1_000 }

/** Half of each delay is random, so that jobs that failed together are not retried together. */
const jitter = 0.5

/** Return the policy as job options of BullMQ. */
export function toBullBackoff({ attempts, initialDelayMs }: JobRetryPolicy) {
  return { attempts, backoff: { type: 'exponential', delay: initialDelayMs, jitter } }
}

const maxUnavailableDelayMs = 30_000

/**
 * Return how long a job waits for an unavailable dependency, in milliseconds.
 * @param starts number of times it was started so far
 */
export function unavailableDelayMs({ initialDelayMs }: JobRetryPolicy, starts: number): number {
  return Math.min(maxUnavailableDelayMs, initialDelayMs * 2 ** Math.min(starts - 1, 20))
}
