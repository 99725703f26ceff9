import { setTimeout as sleep } from 'node:timers/promises'

/** Wait for `ms` milliseconds; end early, without an error, when the signal aborts. */
export async function abortableSleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
