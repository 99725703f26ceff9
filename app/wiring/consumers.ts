import { setMaxListeners } from 'node:events'
import type { Measurements } from '../../contract/measurements.ts'
import type { ReportError } from '../../health/fault-reporter.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import type { Logger } from '../../lib/logging/logger.ts'
import { runRulesConsumer } from '../../rules/consumer/rules-consumer.ts'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'
import type { Kinds } from '../../rules/files/kinds.ts'
import { FleetModelSources } from '../../rules/fleet-model/fleet-model-sources.ts'
import { consume, type RunningConsumer } from '../../store/journal/consume.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { broadcast, consumerName, type Partitions } from '../../store/journal/partitions.ts'
import type { RecordsProjection } from '../../store/records/projection.ts'
import { Mutex } from '../../store/series/mutex.ts'
import type { SeriesStore } from '../../store/series/series.ts'
import { runSeriesConsumer } from '../../store/series/series-consumer.ts'
import type { Workers } from '../../workers/start-workers.ts'

export interface ConsumersOptions {
  partitions: Partitions
  series: SeriesStore
  kinds: Kinds
  detectors: DetectorRegistry
  projection: RecordsProjection
  workers: Pick<Workers, 'relay' | 'probe'>
  measurements?: Measurements | undefined
  now(): number
  onError: ReportError
  log: Logger
}

export interface Consumers {
  /** Consumers by their names in the journal. */
  byName: ReadonlyMap<string, RunningConsumer>
  /** Resolves when a consumer has ended for good, with the reason: another process owns the journal now. */
  leaseLost: Promise<unknown>
  stop(): Promise<void>
}

const retry = { initialMs: 100, maxMs: 5_000 }

/** Start all consumers of the journal; each partition has its own. */
export async function startConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { partitions, projection, measurements, now, onError, log } = options
  const stopping = new AbortController()
  // Each consumer listens to it: many listeners are no leak.
  setMaxListeners(0, stopping.signal)
  const running = new Map<string, RunningConsumer>()
  const fleetModelBuilder = new FleetModelSources(broadcast(partitions))
  // One at a time: partitions may change the same rules and owners.
  const projectionMutex = new Mutex()
  const project: Pick<RecordsProjection, 'handle' | 'probe'> = {
    handle: (entries) => projectionMutex.runExclusive(() => projection.handle(entries)),
    probe: () => projection.probe(),
  }
  let onLeaseLost: (error: unknown) => void = () => undefined
  const leaseLost = new Promise<unknown>((resolve) => {
    onLeaseLost = resolve
  })
  for (const [partition, journal] of [...partitions.entries()].reverse()) {
    const named = (name: string) => consumerName(name, partition, partitions)
    const shared = (name: string) => ({
      journal,
      signal: stopping.signal,
      measurements,
      now,
      onError: (error: unknown) => onError(error, named(name)),
    })
    const started = await startPartition({ ...options, shared, fleetModelBuilder, partition, project })
    for (const [name, consumption] of started) {
      running.set(named(name), consumption)
      log.info('consumer started', { event: 'consumer_started', component: named(name) })
      consumption.done.catch((error: unknown) => {
        // During a stop, the journal may close before the slowest consumer has ended.
        if (!stopping.signal.aborted) onLeaseLost(error)
      })
    }
  }
  return {
    byName: running,
    leaseLost,
    stop: async () => {
      stopping.abort()
      // `leaseLost` has reported rejections already.
      await Promise.allSettled([...running.values()].map(({ done }) => done))
      log.info('consumers stopped', { event: 'consumers_stopped', consumers: running.size })
    },
  }
}

interface PartitionOptions
  extends Pick<ConsumersOptions, 'series' | 'kinds' | 'detectors' | 'workers' | 'log'> {
  /** Return the options common to all consumers, for the consumer of this name. */
  shared(name: string): {
    journal: Journal
    signal: AbortSignal
    measurements?: Measurements | undefined
    now(): number
    onError(error: unknown): void
  }
  fleetModelBuilder: FleetModelSources
  partition: number
  project: Pick<RecordsProjection, 'handle' | 'probe'>
}

async function startPartition(options: PartitionOptions): Promise<[name: string, RunningConsumer][]> {
  const { shared, series, kinds, detectors, fleetModelBuilder, partition, project, workers, log } = options
  const { journal } = shared('')
  return [
    ['series', await runSeriesConsumer({ ...shared('series'), series, partition })],
    [
      'rules',
      await runRulesConsumer({
        ...shared('rules'),
        kinds,
        detectors,
        fleetModelSources: fleetModelBuilder,
        partition,
        onInputMissing: ({ device, rule, metric }) =>
          log.warn(`the rule ${rule} cannot assess ${device}: it never sends ${metric}`, {
            component: 'rules',
            event: 'rule_input_missing',
            device,
            rule,
            metric,
          }),
      }),
    ],
    [
      'records',
      consume({
        ...shared('records'),
        consumer: await journal.consumer('records', 'telemetry'),
        maxEntries: 5_000,
        lingerMs: 50,
        retry,
        handle: async ({ entries, next }) => {
          await project.handle(entries)
          return { cursor: next }
        },
        healthCheck: () => project.probe(),
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
          passFailpoint('relay.before_enqueue')
          await workers.relay(entries)
          passFailpoint('relay.after_enqueue')
          return { cursor: next }
        },
        healthCheck: () => workers.probe(),
      }),
    ],
  ]
}
