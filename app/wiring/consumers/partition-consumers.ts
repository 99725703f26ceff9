import type { DeviceEntry } from '../../../contract/entry.ts'
import type { Measurements } from '../../../contract/measurements.ts'
import { loadDevices } from '../../../ingest/acceptance/device-registry.ts'
import { passFailpoint } from '../../../lib/failpoint.ts'
import { consume, type RunningConsumer } from '../../../store/journal/consume.ts'
import { formatHistory } from '../../../store/journal/history/journal-history.ts'
import type { JournalGap } from '../../../store/journal/history/locate-position.ts'
import { type ConsumerGap, resumeFrom } from '../../../store/journal/history/resume.ts'
import type { Journal, StreamName } from '../../../store/journal/journal.ts'
import { loadJournalPosition } from '../../../store/records/positions/journal-positions.ts'
import type { RecordsProjection } from '../../../store/records/projection.ts'
import type { RecordsStore } from '../../../store/records/records-store.ts'
import type { SeriesStore } from '../../../store/series/series.ts'
import { runSeriesConsumer } from '../../../store/series/series-consumer.ts'
import type { Workers } from '../../../workers/start-workers.ts'
import type { EvaluateRules } from './evaluate-rules.ts'

export interface PartitionOptions {
  series: SeriesStore
  records: RecordsStore['db']
  workers: Pick<Workers, 'relay' | 'confirm' | 'probe'>
  now(): number
  evaluateRules: EvaluateRules
  /** Return the options common to all consumers, for the consumer of this name. */
  shared(name: string): {
    journal: Journal
    signal: AbortSignal
    measurements?: Measurements | undefined
    now(): number
    onError(error: unknown): void
    onGap(gap: Omit<ConsumerGap, 'consumer'>): void
  }
  /** Return the name of a consumer in this process: `records/1` for one of several partitions. */
  named(name: string): string
  partition: number
  project: Pick<RecordsProjection, 'handle' | 'probe'>
  /** Called as soon as each consumer runs: a later one may not start. */
  onStarted(name: string, consumer: RunningConsumer): void
}

const retry = { initialMs: 100, maxMs: 5_000 }

/** Start the consumers of one partition. */
export async function startPartition(options: PartitionOptions): Promise<void> {
  // Before the relay, which begins to move its cursor.
  const startConfirmation = await prepareConfirmation(options)
  await startSeriesConsumer(options)
  options.onStarted('rules', await options.evaluateRules(options.partition))
  await startRecordsAndRelay(options)
  options.onStarted('tickets', startConfirmation())
}

type DeskConsumersOptions = Omit<PartitionOptions, 'series' | 'evaluateRules'>

/** Start the consumers of one partition that belong to the service desk. */
export async function startDeskConsumers(options: DeskConsumersOptions): Promise<void> {
  const startConfirmation = await prepareConfirmation(options)
  await startRecordsAndRelay(options)
  options.onStarted('tickets', startConfirmation())
}

export async function startSeriesConsumer({
  shared,
  series,
  partition,
  onStarted,
}: Pick<PartitionOptions, 'shared' | 'series' | 'partition' | 'onStarted'>): Promise<void> {
  onStarted('series', await runSeriesConsumer({ ...shared('series'), series, partition }))
}

async function startRecordsAndRelay(options: DeskConsumersOptions): Promise<void> {
  options.onStarted('records', await runRecordsConsumer(options))
  options.onStarted('relay', await runRelay(options))
}

/** Project everything but readings to the records. The authoritative position is the one in the records. */
async function runRecordsConsumer(options: DeskConsumersOptions): Promise<RunningConsumer> {
  const { shared, named, project, records, now } = options
  const { journal, onGap } = shared('records')
  const consumer = await journal.consumer('records', 'telemetry')
  const kinds = new Set<JournalGap['kind']>()
  const startOffset = await resumeInRecords(options, {
    name: 'records',
    stream: 'telemetry',
    earlier: await consumer.cursor(),
    onGap: (gap) => {
      kinds.add(gap.kind)
      onGap(gap)
    },
  })
  if (kinds.size > 0) await project.handle(await knownDevices(journal, now()))
  // The journal has lost replaced parts that the desk had told it; telling it again has no effect where it has not.
  if (kinds.has('journal_set_back') || kinds.has('journal_replaced'))
    await records.updateTable('journal_outbox').set({ sent_at: null }).execute()
  return consume({
    ...shared('records'),
    consumer,
    startOffset,
    maxEntries: 5_000,
    lingerMs: 50,
    retry,
    handle: async ({ entries, next }) => {
      const history = formatHistory(journal.history())
      const position = { consumer: named('records'), cursor: next, history, at: new Date(now()) }
      await project.handle(entries, position)
      return { cursor: next }
    },
    healthCheck: () => project.probe(),
  })
}

/** Return an announcement of each device that the journal knows: their own may be among the entries that are gone. */
async function knownDevices(journal: Pick<Journal, 'facts'>, receivedAt: number): Promise<DeviceEntry[]> {
  const devices = await loadDevices(journal)
  return [...devices.values()].map((device) => ({ type: 'device', receivedAt, device }))
}

async function runRelay({ shared, workers }: DeskConsumersOptions): Promise<RunningConsumer> {
  const { journal } = shared('relay')
  return consume({
    ...shared('relay'),
    consumer: await journal.consumer('relay', 'findings'),
    // Many, because the findings of other rules overtake those of an alarm flood within a batch.
    maxEntries: 5_000,
    retry,
    handle: async ({ entries, next }) => {
      passFailpoint('relay.before_enqueue')
      await workers.relay(entries)
      passFailpoint('relay.after_enqueue')
      return { cursor: next }
    },
    healthCheck: () => workers.probe(),
  })
}

/** Prepare the consumer that waits until findings are recorded. @returns a function that starts it */
async function prepareConfirmation(options: DeskConsumersOptions): Promise<() => RunningConsumer> {
  const { shared, named, workers } = options
  const { journal, signal, onGap } = shared('tickets')
  const consumer = await journal.consumer('tickets', 'findings')
  const relay = await journal.consumer('relay', 'findings')
  const relayedUpTo = await relay.cursor()
  const startOffset = await resumeInRecords(options, {
    name: 'tickets',
    stream: 'findings',
    earlier: relayedUpTo,
    onGap,
  })
  return () =>
    consume({
      ...shared('tickets'),
      consumer,
      startOffset,
      maxEntries: 200,
      retry,
      handle: (batch) => {
        const history = formatHistory(journal.history())
        return workers.confirm({ ...batch, consumer: named('tickets'), history, relayedUpTo }, signal)
      },
      healthCheck: () => workers.probe(),
    })
}

interface ResumeInRecords {
  name: string
  stream: StreamName
  /** Position where the records have none, because an earlier version wrote them. */
  earlier: number
  onGap: Parameters<typeof resumeFrom>[1]['onGap']
}

async function resumeInRecords(
  { shared, named, records }: DeskConsumersOptions,
  { name, stream, earlier, onGap }: ResumeInRecords,
): Promise<number> {
  const { journal } = shared(name)
  const position = await loadJournalPosition(records, named(name))
  return resumeFrom(position ?? { cursor: earlier, history: '' }, { journal, stream, onGap })
}
