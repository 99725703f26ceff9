import { countRecords } from '../health/record-counts.ts'
import type { ConsumerStatus, IngestTotals, QueueStatus, Status } from '../health/status.ts'
import type { Acceptance } from '../ingest/acceptance/acceptance.ts'
import type { Gateway } from '../ingest/gateway.ts'
import { messageOf } from '../lib/errors.ts'
import { probe } from '../lib/probe.ts'
import { backlogBytes } from '../store/journal/backlog.ts'
import type { Consumption } from '../store/journal/consume.ts'
import type { JournalInfo, Tally } from '../store/journal/journal.ts'
import { infoOf, type Partitions, tallyOf } from '../store/journal/partitions.ts'
import type { RecordsStore } from '../store/records/open.ts'
import type { SeriesStore } from '../store/series/series.ts'
import type { Workers } from '../workers/start.ts'

export interface StatusParts {
  partitions: Partitions
  acceptance: Pick<Acceptance, 'info'>
  series: Pick<SeriesStore, 'count'>
  records: RecordsStore['db']
  workers: Pick<Workers, 'queueCounts' | 'channels'>
  gateway: Pick<Gateway, 'info'>
  /** Of each consumer of the journal, how its loop fares. */
  consumers: ReadonlyMap<string, Pick<Consumption, 'status'>>
}

export interface StatusReader {
  /** One snapshot of the whole, within two seconds, whoever does not answer. */
  status(): Promise<Status>
  /** Entries of the journal that the time series have yet to get; undefined while that cannot be told. */
  seriesBehind(): Promise<number | undefined>
}

export function createStatusReader(parts: StatusParts): StatusReader {
  const { partitions, acceptance, series, records, workers, gateway, consumers } = parts
  const askTally = probe(() => tallyOf(partitions))
  const askInfo = probe(() => infoOf(partitions))
  const askSeries = probe(() => series.count())
  const askQueues = probe(async () => queuesOf(await workers.queueCounts()))
  const askRecords = probe(() => countRecords(records))
  return {
    async status() {
      const [tally, info, seriesValues, queues, counts] = await Promise.all([
        askTally(),
        askInfo(),
        askSeries(),
        askQueues(),
        askRecords(),
      ])
      return {
        ...(tally.value && { ingest: ingestOf(tally.value) }),
        ...journalOf(info, consumers),
        heldBack: acceptance.info().heldBack,
        queues,
        gateway: gateway.info(),
        channels: workers.channels(),
        seriesValues,
        records: counts,
      }
    },
    async seriesBehind() {
      const { value } = await askInfo()
      return value?.consumers
        .filter(({ name }) => name.split('/')[0] === 'series')
        .reduce((sum, { lag }) => sum + lag, 0)
    },
  }
}

function journalOf(
  { value: info, error }: Awaited<ReturnType<ReturnType<typeof probe<JournalInfo>>>>,
  loops: StatusParts['consumers'],
): Pick<Status, 'journal' | 'consumers'> {
  if (info === undefined) return { journal: { error: error ?? '' }, consumers: [] }
  const { consumers, ...rest } = info
  return {
    journal: { value: { ...rest, backlogBytes: backlogBytes(info) } },
    consumers: consumers.map(({ name, stream, lag, aside }): ConsumerStatus => {
      const { failures = 0, lastError } = loops.get(name)?.status ?? {}
      return { name, stream, lag, aside, ...(failures > 0 && { lastError: messageOf(lastError) }) }
    }),
  }
}

function ingestOf(tally: Tally): IngestTotals {
  const reasons = Object.entries(tally)
    .filter(([name]) => name.startsWith('quarantined.'))
    .map(([name, count]) => [name.slice('quarantined.'.length), count])
  return {
    received: tally.received ?? 0,
    stored: tally.stored ?? 0,
    duplicate: tally.duplicate ?? 0,
    quarantined: Object.fromEntries(reasons),
    unkept: tally.unkept ?? 0,
  }
}

function queuesOf(counts: Awaited<ReturnType<Workers['queueCounts']>>): QueueStatus[] {
  return Object.entries(counts).map(([name, count]) => ({ name, ...count }))
}
