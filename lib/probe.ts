import { type Attempt, attempt } from './attempt.ts'

/** Asks one question at a time: while somebody does not answer, no more is asked of him, however often it is called. */
export function probe<T>(work: () => Promise<T>): () => Promise<Attempt<T>> {
  let asked: Promise<T> | undefined
  return () =>
    attempt(() => {
      asked ??= work().finally(() => {
        asked = undefined
      })
      return asked
    })
}
