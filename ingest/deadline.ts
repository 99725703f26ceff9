import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for something, but no longer than `ms`. */
export async function within(ms: number, done: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const late = sleep(ms, undefined, { signal: timer.signal }).catch(ignoreAbort)
  await Promise.race([done, late])
  timer.abort()
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
