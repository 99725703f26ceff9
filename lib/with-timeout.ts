import { setTimeout } from 'node:timers/promises'
import { race } from './race.ts'

/** Timeout of one call, so that a request that makes several at once is answered within two seconds. */
const TIMEOUT_MS = 1_500

const timedOut = Symbol('timed out')

export type TimedResult<T> = { value: T; error?: never } | { value?: never; error: string }

/** Return the result of some work, or a message that says why there is none in time. Never rejects. */
export async function withTimeout<T>(work: () => Promise<T>): Promise<TimedResult<T>> {
  const settled = new AbortController()
  try {
    // Several calls may wait for the same unanswered promise: nothing is chained to it here.
    const value = await race([work(), setTimeout(TIMEOUT_MS, timedOut, { signal: settled.signal })])
    if (value === timedOut) return { error: `no answer within ${TIMEOUT_MS / 1_000} s` }
    return { value: value as T }
  } catch (error) {
    return { error: `not reachable: ${error instanceof Error ? error.message || error.name : String(error)}` }
  } finally {
    settled.abort()
  }
}
