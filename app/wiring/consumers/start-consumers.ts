import { setMaxListeners } from 'node:events'
import type { Measurements } from '../../../contract/measurements.ts'
import type { ReportError } from '../../../health/fault-reporter.ts'
import type { Logger } from '../../../lib/logging/logger.ts'
import type { RunningConsumer } from '../../../store/journal/consume.ts'
import type { ConsumerGap } from '../../../store/journal/history/resume.ts'
import { consumerName, type Partitions } from '../../../store/journal/partitions.ts'
import type { RecordsProjection } from '../../../store/records/projection.ts'
import type { RecordsStore } from '../../../store/records/records-store.ts'
import { Mutex } from '../../../store/series/mutex.ts'
import type { SeriesStore } from '../../../store/series/series.ts'
import type { Workers } from '../../../workers/start-workers.ts'
import { createRuleEvaluation, type RuleEvaluationOptions } from './evaluate-rules.ts'
import { startPartition } from './partition-consumers.ts'

export interface ConsumersOptions {
  partitions: Partitions
  series: SeriesStore
  rules: Pick<RuleEvaluationOptions, 'threads' | 'plugins' | 'kindFolders' | 'kinds' | 'detectors'>
  projection: RecordsProjection
  records: RecordsStore['db']
  workers: Pick<Workers, 'relay' | 'confirm' | 'probe'>
  /** Called at the start for what a store or the journal lacks of the other. */
  onGap(gap: ConsumerGap): void
  /** Called before the first consumer starts, with what ends those that run: a later one may not start. */
  onStarting(stop: () => Promise<void>): void
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
}

/**
 * Start all consumers of the journal; each partition has its own.
 * @throws when a store does not answer; consumers that run already are to be ended then
 */
export async function startConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { partitions, projection, measurements, now, onError, log } = options
  const stopping = new AbortController()
  // Each consumer listens to it: many listeners are no leak.
  setMaxListeners(0, stopping.signal)
  const running = new Map<string, RunningConsumer>()
  const evaluateRules = createRuleEvaluation({
    ...options,
    ...options.rules,
    signal: stopping.signal,
    onError: (error, partition) => onError(error, consumerName('rules', partition, partitions)),
  })
  // One at a time: partitions may change the same rules and owners.
  const projectionMutex = new Mutex()
  const project: Pick<RecordsProjection, 'handle' | 'probe'> = {
    handle: (...batch) => projectionMutex.runExclusive(() => projection.handle(...batch)),
    probe: () => projection.probe(),
  }
  let onLeaseLost: (error: unknown) => void = () => undefined
  const leaseLost = new Promise<unknown>((resolve) => {
    onLeaseLost = resolve
  })
  const onStarted = (name: string, consumer: RunningConsumer) => {
    running.set(name, consumer)
    log.info('consumer started', { event: 'consumer_started', component: name })
    consumer.done.catch((error: unknown) => {
      // During a stop, the journal may close before the slowest consumer has ended.
      if (!stopping.signal.aborted) onLeaseLost(error)
    })
  }
  options.onStarting(async () => {
    stopping.abort()
    // `leaseLost` has reported rejections already.
    await Promise.allSettled([...running.values()].map(({ done }) => done))
    log.info('consumers stopped', { event: 'consumers_stopped', consumers: running.size })
  })
  for (const [partition, journal] of [...partitions.entries()].reverse()) {
    const named = (name: string) => consumerName(name, partition, partitions)
    const shared = (name: string) => ({
      journal,
      signal: stopping.signal,
      measurements,
      now,
      onError: (error: unknown) => onError(error, named(name)),
      onGap: (gap: Omit<ConsumerGap, 'consumer'>) => options.onGap({ ...gap, consumer: named(name) }),
    })
    await startPartition({
      ...options,
      shared,
      named,
      evaluateRules,
      partition,
      project,
      onStarted: (name, consumer) => onStarted(named(name), consumer),
    })
  }
  return { byName: running, leaseLost }
}
