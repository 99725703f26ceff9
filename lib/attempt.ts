import { setTimeout } from 'node:timers/promises'

/** Somebody who asks for several things at once still gets an answer within two seconds. */
const PATIENCE_MS = 1_500

export type Attempt<T> = { value: T; error?: never } | { value?: never; error: string }

/** What some work gives, or in words why it gave nothing in time. */
export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  const answered = new AbortController()
  const late = { error: `no answer within ${PATIENCE_MS / 1_000} s` }
  try {
    return await Promise.race([
      work().then((value) => ({ value })),
      setTimeout(PATIENCE_MS, late, { signal: answered.signal }),
    ])
  } catch (error) {
    return { error: `not reachable: ${error instanceof Error ? error.message || error.name : String(error)}` }
  } finally {
    answered.abort()
  }
}
