import type { SeriesStore } from '../store/series/series.ts'

const EVERY_MS = 6 * 3_600_000

export interface RetentionOptions {
  series: Pick<SeriesStore, 'deleteBefore'>
  /** How long values are kept, milliseconds; null keeps them for ever. */
  keepMs: number | null
  now: () => number
  onError(error: unknown): void
}

/** Deletes values that are older than they are to be kept, at the start and every six hours. */
export function startRetention({ series, keepMs, now, onError }: RetentionOptions): {
  stop(): Promise<void>
} {
  if (keepMs === null) return { stop: async () => undefined }
  let deleting: Promise<unknown> = Promise.resolve()
  const deleteOld = () => {
    deleting = series.deleteBefore(now() - keepMs).catch(onError)
  }
  deleteOld()
  const timer = setInterval(deleteOld, EVERY_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await deleting
    },
  }
}
