import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Measurements } from '../../contract/measurements.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { consume, type RunningConsumer } from '../journal/consume.ts'
import { formatHistory } from '../journal/history/journal-history.ts'
import { type ResumeOptions, resumeFrom } from '../journal/history/resume.ts'
import type { Journal } from '../journal/journal.ts'
import type { SeriesStore } from './series.ts'

export interface SeriesConsumerOptions {
  journal: Journal
  series: SeriesStore
  /** Partition of the journal. Default 0. */
  partition?: number
  signal: AbortSignal
  measurements?: Pick<Measurements, 'batchHandled'> | undefined
  /** Current time, ms since 1970 UTC. Default: the system clock. */
  now?(): number
  /** Called with each failure and the number of consecutive failures. */
  onError(error: unknown, failures: number): void
  /** Called at the start with what is missing in the series or in the journal. */
  onGap: ResumeOptions['onGap']
}

/** Name of this consumer in the journal, which trims only behind its cursor. */
const seriesConsumerName = 'series'

const maxEntries = 5_000

/** At low load, entries of this many milliseconds share one transaction of the series store. */
const collectMs = 200

const retry = { initialMs: 100, maxMs: 5_000 }

/**
 * Write the readings of the journal to the series store until the signal aborts. The authoritative cursor is the one
 * in the store, written with the readings; it is committed to the journal only for trimming.
 */
export async function runSeriesConsumer(options: SeriesConsumerOptions): Promise<RunningConsumer> {
  const { journal, series, partition = 0, signal, measurements, now = Date.now, onError, onGap } = options
  const consumer = await journal.consumer(seriesConsumerName, 'telemetry')
  const position = await series.position(partition)
  const startOffset = await resumeFrom(position, { journal, stream: 'telemetry', onGap })
  return consume({
    consumer,
    startOffset,
    maxEntries,
    lingerMs: collectMs,
    retry,
    signal,
    measurements,
    now,
    onError,
    // The probe of the store is a write of the cursor alone.
    async handle({ entries, next }) {
      const readings = extractReadings(entries)
      // Another process may have opened the journal meanwhile.
      await series.write(readings, next, { partition, history: formatHistory(journal.history()) })
      if (readings.length > 0) passFailpoint('series.after_commit')
      return { cursor: next }
    },
  })
}

function extractReadings(entries: readonly TelemetryEntry[]) {
  return entries.flatMap((entry) => (entry.type === 'reading' ? [entry.reading] : []))
}
