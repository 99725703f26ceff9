import { type TimedResult, withTimeout } from './with-timeout.ts'

/** Ask one question at a time: while somebody does not answer, no more is asked of him, however often it is called. */
export function singleFlight<T>(work: () => Promise<T>): () => Promise<TimedResult<T>> {
  let inFlight: Promise<T> | undefined
  return () =>
    withTimeout(() => {
      inFlight ??= work().finally(() => {
        inFlight = undefined
      })
      return inFlight
    })
}
