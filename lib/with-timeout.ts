import { setTimeout } from 'node:timers/promises'

/** Timeout of one call, so that a request that makes several at once is answered within two seconds. */
const TIMEOUT_MS = 1_500

export type TimedResult<T> = { value: T; error?: never } | { value?: never; error: string }

/** Return the result of some work, or a message that says why there is none in time. Never rejects. */
export async function withTimeout<T>(work: () => Promise<T>): Promise<TimedResult<T>> {
  const settled = new AbortController()
  const timedOut = { error: `no answer within ${TIMEOUT_MS / 1_000} s` }
  try {
    return await Promise.race([
      work().then((value) => ({ value })),
      setTimeout(TIMEOUT_MS, timedOut, { signal: settled.signal }),
    ])
  } catch (error) {
    return { error: `not reachable: ${error instanceof Error ? error.message || error.name : String(error)}` }
  } finally {
    settled.abort()
  }
}
