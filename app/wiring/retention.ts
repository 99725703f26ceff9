import { hourMs } from '../../lib/time.ts'
import type { SeriesResolution, SeriesStore } from '../../store/series/series.ts'
import type { Settings } from '../settings/schema.ts'

const SWEEP_INTERVAL_MS = 6 * hourMs

export interface RetentionOptions {
  series: Pick<SeriesStore, 'deleteBefore'>
  /** Retention of each level, ms; null keeps it for ever. */
  retentionMs: Readonly<Record<SeriesResolution, number | null>>
  now: () => number
  onError(error: unknown): void
}

/** Delete data older than its retention, at the start and every six hours. */
export function startRetention({ series, retentionMs, now, onError }: RetentionOptions): {
  stop(): Promise<void>
} {
  const deleteOld = async () => {
    for (const level of ['values', 'hours', 'days'] as const) {
      const keep = retentionMs[level]
      if (keep !== null) await series.deleteBefore(now() - keep, level).catch(onError)
    }
  }
  let deleting = deleteOld()
  const timer = setInterval(() => {
    deleting = deleting.then(deleteOld)
  }, SWEEP_INTERVAL_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await deleting
    },
  }
}

export function retentionFrom({ series }: Settings): RetentionOptions['retentionMs'] {
  return { values: series.retention, hours: series.hoursRetention, days: series.daysRetention }
}
