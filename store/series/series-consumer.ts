import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Measurements } from '../../contract/measurements.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { consume, type RunningConsumer } from '../journal/consume.ts'
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
}

/** Name of this consumer in the journal, which trims only behind its cursor. */
const seriesConsumerName = 'series'

const maxEntries = 20_000

/** At low load, entries of this many milliseconds share one transaction of the series store. */
const collectMs = 200

const retry = { initialMs: 100, maxMs: 5_000 }

/**
 * Write the readings of the journal to the series store until the signal aborts. The authoritative cursor is the one
 * in the store, written with the readings; it is committed to the journal only for trimming.
 */
export async function runSeriesConsumer(options: SeriesConsumerOptions): Promise<RunningConsumer> {
  const { journal, series, partition = 0, signal, measurements, now = Date.now, onError } = options
  const consumer = await journal.consumer(seriesConsumerName, 'telemetry')
  return consume({
    consumer,
    startOffset: await resolveStartOffset(options),
    maxEntries,
    lingerMs: collectMs,
    retry,
    signal,
    measurements,
    now,
    onError,
    // The probe of the store is a write of the cursor alone.
    async handle({ entries, next }) {
      await series.write(extractReadings(entries), next, partition)
      passFailpoint('series.after_commit')
      return { cursor: next }
    },
  })
}

/** The series end before the oldest entry of the journal. The gap is reported; it cannot be filled. */
class SeriesGapError extends ExpectedError {
  override readonly name = 'SeriesGapError'
}

/**
 * Return the offset to start from. A cursor beyond the head belongs to a deleted journal: then this one is read from
 * its beginning.
 */
async function resolveStartOffset({
  journal,
  series,
  partition,
  onError,
}: SeriesConsumerOptions): Promise<number> {
  const cursor = await series.cursor(partition)
  const { head, tail } = (await journal.info()).streams.telemetry
  if (cursor < tail) {
    const words = `entries ${cursor} to ${tail - 1} are missing from the time series: the series are older than the journal, which has trimmed them`
    onError(new SeriesGapError(words), 1)
  }
  return cursor > head ? tail : cursor
}

function extractReadings(entries: readonly TelemetryEntry[]) {
  return entries.flatMap((entry) => (entry.type === 'reading' ? [entry.reading] : []))
}
