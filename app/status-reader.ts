import { countRecords } from '../health/record-counts.ts'
import type { ConsumerStatus, IngestTotals, QueueStatus, SystemStatus } from '../health/status.ts'
import type { Acceptance } from '../ingest/acceptance/acceptance.ts'
import type { Gateway } from '../ingest/gateway.ts'
import { errorMessage } from '../lib/error-message.ts'
import { singleFlight } from '../lib/single-flight.ts'
import type { RunningConsumer } from '../store/journal/consume.ts'
import type { ConsumerGap } from '../store/journal/history/resume.ts'
import type { JournalInfo, Tally } from '../store/journal/journal.ts'
import { backlogBytes } from '../store/journal/journal-state.ts'
import { combinedInfo, combinedTally, type Partitions } from '../store/journal/partitions.ts'
import type { RecordsStore } from '../store/records/records-store.ts'
import type { SeriesStore } from '../store/series/series.ts'
import type { Workers } from '../workers/start-workers.ts'

export interface StatusSources {
  partitions: Partitions
  acceptance: Pick<Acceptance, 'info'>
  series: Pick<SeriesStore, 'count'>
  records: RecordsStore['db']
  workers: Pick<Workers, 'queueCounts' | 'channelStatuses' | 'sweepStatus'>
  gateway: Pick<Gateway, 'info'>
  quarantineMaxBytes: number
  /** Consumers of the journal by name, with the status of their loops. */
  consumers: ReadonlyMap<string, Pick<RunningConsumer, 'status'>>
  /** What the start found missing in a store or in the journal. */
  gaps: readonly ConsumerGap[]
}

export interface StatusReader {
  /** Return a snapshot within two seconds, without the services that do not respond by then. */
  status(): Promise<SystemStatus>
  /** Return the number of journal entries that the series do not have yet; undefined while it is not available. */
  seriesLag(): Promise<number | undefined>
}

export function createStatusReader(sources: StatusSources): StatusReader {
  const { partitions, acceptance, series, records, workers, gateway, consumers, quarantineMaxBytes, gaps } =
    sources
  const readTally = singleFlight(() => combinedTally(partitions))
  const readJournalInfo = singleFlight(() => combinedInfo(partitions))
  const readSeriesCount = singleFlight(() => series.count())
  const readQueueCounts = singleFlight(async () => toQueueStatus(await workers.queueCounts()))
  const readRecordCounts = singleFlight(() => countRecords(records))
  return {
    async status() {
      const [tally, info, seriesValues, queues, counts] = await Promise.all([
        readTally(),
        readJournalInfo(),
        readSeriesCount(),
        readQueueCounts(),
        readRecordCounts(),
      ])
      return {
        ...(tally.value && { ingest: toIngestTotals(tally.value) }),
        ...toJournalStatus(info, consumers),
        backpressure: acceptance.info().backpressure,
        queues,
        gateway: gateway.info(),
        sweep: workers.sweepStatus(),
        channels: workers.channelStatuses(),
        seriesValues,
        records: counts,
        quarantineMaxBytes,
        gaps,
      }
    },
    async seriesLag() {
      const { value } = await readJournalInfo()
      return value?.consumers
        .filter(({ name }) => name.split('/')[0] === 'series')
        .reduce((sum, { lag }) => sum + lag, 0)
    },
  }
}

function toJournalStatus(
  { value: info, error }: Awaited<ReturnType<ReturnType<typeof singleFlight<JournalInfo>>>>,
  loops: StatusSources['consumers'],
): Pick<SystemStatus, 'journal' | 'consumers'> {
  if (info === undefined) return { journal: { error: error ?? '' }, consumers: [] }
  const { consumers, ...rest } = info
  return {
    journal: { value: { ...rest, backlogBytes: backlogBytes(info) } },
    consumers: consumers.map(({ name, stream, lag, deadLetterCount }): ConsumerStatus => {
      const { consecutiveFailures = 0, lastError } = loops.get(name)?.status ?? {}
      return {
        name,
        stream,
        lag,
        deadLetters: deadLetterCount,
        ...(consecutiveFailures > 0 && { lastError: errorMessage(lastError) }),
      }
    }),
  }
}

function toIngestTotals(tally: Tally): IngestTotals {
  return {
    received: tally.received ?? 0,
    stored: tally.stored ?? 0,
    duplicate: tally.duplicate ?? 0,
    quarantined: countsByLabel(tally, 'quarantined.'),
    storedInPart: tally.stored_in_part ?? 0,
    conflict: tally.conflict ?? 0,
    quarantineEntries: tally.quarantine_entries ?? 0,
    retried: countsByLabel(tally, 'retried.'),
    values: {
      received: tally['values.received'] ?? 0,
      stored: tally['values.stored'] ?? 0,
      duplicate: tally['values.duplicate'] ?? 0,
      ignored: tally['values.ignored'] ?? 0,
      quarantined: countsByLabel(tally, 'values.quarantined.'),
    },
  }
}

function countsByLabel(tally: Tally, prefix: string): Record<string, number> {
  const reasons = Object.entries(tally).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(reasons.map(([name, count]) => [name.slice(prefix.length), count]))
}

function toQueueStatus(counts: Awaited<ReturnType<Workers['queueCounts']>>): QueueStatus[] {
  return Object.entries(counts).map(([name, count]) => ({ name, ...count }))
}
