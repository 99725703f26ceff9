import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for something, but no longer than `ms`. */
export async function waitAtMost(ms: number, done: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const timeout = sleep(ms, undefined, { signal: timer.signal }).catch(ignoreAbort)
  await Promise.race([done, timeout])
  timer.abort()
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
