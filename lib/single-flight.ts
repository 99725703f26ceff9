import { type TimedResult, withTimeout } from './with-timeout.ts'

/** Run one call at a time: callers that come while one is unanswered share its result, each with the timeout of `withTimeout`. */
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
