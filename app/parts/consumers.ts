import { setMaxListeners } from 'node:events'
import { runRulesConsumer } from '../../rules/consumer/rules-consumer.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import { School } from '../../rules/fleet-model/fleet-school.ts'
import { type Consumption, consume } from '../../store/journal/consume.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { broadcast, consumerName, type Partitions } from '../../store/journal/partitions.ts'
import type { Projection } from '../../store/records/projection.ts'
import { Serial } from '../../store/series/serial.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import { runSeriesConsumer } from '../../store/series/series-consumer.ts'
import type { Workers } from '../../workers/start.ts'

export interface ConsumersOptions {
  partitions: Partitions
  series: SeriesStore
  kinds: Kinds
  projection: Projection
  workers: Pick<Workers, 'relay' | 'probe'>
  now(): number
  onError(error: unknown, where: string): void
}

export interface Consumers {
  /** By their names in the journal. */
  running: ReadonlyMap<string, Consumption>
  /** Resolves when a consumer has ended for good, with the reason: another process has taken the journal over. */
  lost: Promise<unknown>
  stop(): Promise<void>
}

const retry = { firstMs: 100, longestMs: 5_000 }

/** Everything that reads the journal, each partition of it with consumers of its own. */
export async function startConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { partitions, projection, now, onError } = options
  const stopping = new AbortController()
  // Each consumer listens to it: many of them are no leak.
  setMaxListeners(0, stopping.signal)
  const running = new Map<string, Consumption>()
  const school = new School(broadcast(partitions))
  // One at a time: partitions may tell of the same rules and owners.
  const projecting = new Serial()
  const project: Pick<Projection, 'handle' | 'probe'> = {
    handle: (entries) => projecting.run(() => projection.handle(entries)),
    probe: () => projection.probe(),
  }
  let onLost: (error: unknown) => void = () => undefined
  const lost = new Promise<unknown>((resolve) => {
    onLost = resolve
  })
  for (const [partition, journal] of [...partitions.entries()].reverse()) {
    const named = (name: string) => consumerName(name, partition, partitions)
    const shared = (name: string) => ({
      journal,
      signal: stopping.signal,
      now,
      onError: (error: unknown) => onError(error, named(name)),
    })
    const started = await startPartition({ ...options, shared, school, partition, project })
    for (const [name, consumption] of started) {
      running.set(named(name), consumption)
      consumption.done.catch((error: unknown) => {
        // Once all are told to stop, the journal may be closed before the slowest has.
        if (!stopping.signal.aborted) onLost(error)
      })
    }
  }
  return {
    running,
    lost,
    stop: async () => {
      stopping.abort()
      // Whoever was lost was told of when it happened.
      await Promise.allSettled([...running.values()].map(({ done }) => done))
    },
  }
}

interface PartitionOptions extends Pick<ConsumersOptions, 'series' | 'kinds' | 'workers'> {
  /** What every consumer needs, by its name. */
  shared(name: string): {
    journal: Journal
    signal: AbortSignal
    now(): number
    onError(error: unknown): void
  }
  school: School
  partition: number
  project: Pick<Projection, 'handle' | 'probe'>
}

async function startPartition(options: PartitionOptions): Promise<[name: string, Consumption][]> {
  const { shared, series, kinds, school, partition, project, workers } = options
  const { journal } = shared('')
  return [
    ['series', await runSeriesConsumer({ ...shared('series'), series, partition })],
    ['rules', await runRulesConsumer({ ...shared('rules'), kinds, school, partition })],
    [
      'records',
      consume({
        ...shared('records'),
        consumer: await journal.consumer('records', 'telemetry'),
        maxEntries: 5_000,
        collectMs: 50,
        retry,
        handle: async ({ entries, next }) => {
          await project.handle(entries)
          return { cursor: next }
        },
        probe: () => project.probe(),
      }),
    ],
    [
      'relay',
      consume({
        ...shared('relay'),
        consumer: await journal.consumer('relay', 'findings'),
        maxEntries: 500,
        retry,
        handle: async ({ entries, next }) => {
          await workers.relay(entries)
          return { cursor: next }
        },
        probe: () => workers.probe(),
      }),
    ],
  ]
}
