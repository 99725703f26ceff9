import type { ConsumerStatus, QueueStatus, Status } from '../api/status.ts'
import type { Gateway } from '../ingest/gateway.ts'
import { attempt } from '../lib/attempt.ts'
import type { Consumption } from '../store/journal/consume.ts'
import type { Tally } from '../store/journal/journal.ts'
import { infoOf, type Partitions, tallyOf } from '../store/journal/partitions.ts'
import type { SeriesStore } from '../store/series/series.ts'
import type { Workers } from '../workers/start.ts'
import type { WorkersStatus } from '../workers/status.ts'
import { messageOf } from './terminal/output.ts'

export interface StatusParts {
  partitions: Partitions
  series: SeriesStore
  workers: Pick<Workers, 'status'>
  gateway: Gateway
  /** Of each consumer of the journal, how its loop fares. */
  consumers: ReadonlyMap<string, Consumption['status']>
}

/** One snapshot of the whole. */
export async function readStatus(parts: StatusParts): Promise<Status> {
  const { partitions, series, workers, gateway, consumers } = parts
  const [tally, info, seriesValues, counted] = await Promise.all([
    tallyOf(partitions),
    infoOf(partitions),
    series.count(),
    attempt(() => workers.status()),
  ])
  const { consumers: cursors, ...rest } = info
  return {
    ingest: ingestOf(tally),
    journal: rest,
    consumers: cursors.map(({ name, stream, lag }): ConsumerStatus => {
      const { failures = 0, lastError } = consumers.get(name) ?? {}
      return { name, stream, lag, ...(failures > 0 && { lastError: messageOf(lastError) }) }
    }),
    queues: counted.value ? { value: queuesOf(counted.value) } : counted,
    gateway: gateway.info(),
    seriesValues,
  }
}

function ingestOf(tally: Tally): Status['ingest'] {
  const reasons = Object.entries(tally)
    .filter(([name]) => name.startsWith('quarantined.'))
    .map(([name, count]) => [name.slice('quarantined.'.length), count])
  return {
    received: tally.received ?? 0,
    stored: tally.stored ?? 0,
    duplicate: tally.duplicate ?? 0,
    quarantined: Object.fromEntries(reasons),
  }
}

function queuesOf({ queues }: WorkersStatus): QueueStatus[] {
  return Object.entries(queues).map(([name, count]) => ({ name, ...count }))
}
