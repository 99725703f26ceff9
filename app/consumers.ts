import type { Kinds } from '../rules/kinds.ts'
import { runRulesConsumer } from '../rules/rules-consumer.ts'
import { type Consumption, consume } from '../store/journal/consume.ts'
import type { Journal } from '../store/journal/journal.ts'
import type { Projection } from '../store/records/projection.ts'
import type { SeriesStore } from '../store/series/series.ts'
import { runSeriesConsumer } from '../store/series/series-consumer.ts'
import type { Workers } from '../workers/start.ts'

export interface ConsumersOptions {
  journal: Journal
  series: SeriesStore
  kinds: Kinds
  projection: Projection
  workers: Pick<Workers, 'relay'>
  onError(error: unknown, where: string): void
}

export interface Consumers {
  /** Of each consumer by its name in the journal, how its loop fares. */
  statuses: ReadonlyMap<string, Consumption['status']>
  stop(): Promise<void>
}

const retry = { firstMs: 100, longestMs: 30_000 }

/** Everything that reads the journal, each with its own cursor and its own failures. */
export async function startConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { journal, series, kinds, projection, workers, onError } = options
  const stopping = new AbortController()
  const shared = (name: string) => ({
    signal: stopping.signal,
    onError: (error: unknown) => onError(error, name),
  })
  const running = new Map<string, Consumption>([
    ['series', await runSeriesConsumer({ ...shared('series'), journal, series })],
    ['rules', await runRulesConsumer({ ...shared('rules'), journal, kinds })],
    [
      'records',
      consume({
        ...shared('records'),
        consumer: await journal.consumer('records', 'telemetry'),
        maxEntries: 5_000,
        collectMs: 50,
        retry,
        handle: async ({ entries, next }) => {
          await projection.handle(entries)
          return { cursor: next }
        },
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
      }),
    ],
  ])
  return {
    statuses: new Map([...running].map(([name, { status }]) => [name, status])),
    stop: async () => {
      stopping.abort()
      await Promise.all([...running.values()].map(({ done }) => done))
    },
  }
}
