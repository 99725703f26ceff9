import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Measurements } from '../../contract/measurements.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import { consume, type RunningConsumer } from '../journal/consume.ts'
import type { Journal } from '../journal/journal.ts'
import type { SeriesStore } from './series.ts'

export interface SeriesConsumerOptions {
  journal: Journal
  series: SeriesStore
  /** Whose journal it is, of those of the installation. */
  partition?: number
  signal: AbortSignal
  measurements?: Pick<Measurements, 'batchHandled'> | undefined
  /** Default: the clock. */
  now?(): number
  /** Told of each failure, with how many there were in a row. */
  onError(error: unknown, failures: number): void
}

/** The name under which the journal waits for this consumer before it trims. */
const seriesConsumerName = 'series'

const maxEntries = 20_000

/** While little comes, so many milliseconds of it share one transaction of the series store. */
const collectMs = 200

const retry = { initialMs: 100, maxMs: 5_000 }

/**
 * Writes the readings of the journal into the series store until the signal aborts. The cursor that counts is the one
 * in the store, written with the readings; the journal is told it for trimming alone.
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
    // Its probe is to write nothing but the cursor.
    async handle({ entries, next }) {
      await series.write(extractReadings(entries), next, partition)
      return { cursor: next }
    },
  })
}

/** The series are from before what the journal still has. What is told of it is all that can be done. */
class SeriesGapError extends ExpectedError {
  override readonly name = 'SeriesGapError'
}

/** A cursor beyond the head is of another journal, since deleted: then this one is read from its beginning. */
async function resolveStartOffset({
  journal,
  series,
  partition,
  onError,
}: SeriesConsumerOptions): Promise<number> {
  const cursor = await series.cursor(partition)
  const { head, tail } = (await journal.info()).streams.telemetry
  if (cursor < tail) {
    const words = `entries ${cursor} to ${tail - 1} of the journal are in no chart: the series are older, and it has let go of them`
    onError(new SeriesGapError(words), 1)
  }
  return cursor > head ? tail : cursor
}

function extractReadings(entries: readonly TelemetryEntry[]) {
  return entries.flatMap((entry) => (entry.type === 'reading' ? [entry.reading] : []))
}
