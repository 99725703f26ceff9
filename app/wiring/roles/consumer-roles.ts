import type { Device } from '../../../contract/device.ts'
import type { Measurements } from '../../../contract/measurements.ts'
import type { ReportError } from '../../../health/fault-reporter.ts'
import { devicePartitionKey } from '../../../ingest/acceptance/device-registry.ts'
import type { Logger } from '../../../lib/logging/logger.ts'
import { race } from '../../../lib/race.ts'
import { rulesConsumerName, runRulesConsumer } from '../../../rules/consumer/rules-consumer.ts'
import { StateCache } from '../../../rules/consumer/state-cache.ts'
import type { DetectorRegistry } from '../../../rules/detectors/registry.ts'
import type { Kinds } from '../../../rules/files/kinds.ts'
import { FleetModelSources } from '../../../rules/fleet-model/fleet-model-sources.ts'
import type { RunningConsumer } from '../../../store/journal/consume.ts'
import type { ConsumerGap } from '../../../store/journal/history/resume.ts'
import { broadcast, consumerName, type Partitions, partitionOf } from '../../../store/journal/partitions.ts'
import type { SharedPartition } from '../../../store/journal/redis/shared/shared-partition.ts'
import { loadJournalPosition } from '../../../store/records/positions/journal-positions.ts'
import type { RecordsProjection } from '../../../store/records/projection.ts'
import type { RecordsStore } from '../../../store/records/records-store.ts'
import type { SeriesStore } from '../../../store/series/series.ts'
import type { Workers } from '../../../workers/start-workers.ts'
import { warnOfMissingInput } from '../consumers/evaluate-rules.ts'
import { hold } from '../consumers/hold-entries.ts'
import {
  type PartitionOptions,
  startDeskConsumers,
  startSeriesConsumer,
} from '../consumers/partition-consumers.ts'
import { serveDeadLetters } from './dead-letter-calls.ts'
import type { ClaimContext, ClaimedRole, RunningClaim } from './partition-claims.ts'

export interface ConsumerRolesOptions {
  /** For reading, and for appending through the processes that ingest. */
  readers: Partitions
  partitions: readonly SharedPartition[]
  series: SeriesStore
  records: RecordsStore['db']
  kinds: Kinds
  detectors: DetectorRegistry
  /** Registered devices of all partitions. */
  devices: ReadonlyMap<string, Device>
  /** Start what one process of the installation does from time to time: the one with the series of the first partition. */
  startPeriodicWork(): { run(): Promise<void> }
  /** Consumers of this process by their names in the journal. */
  running: Map<string, RunningConsumer>
  onGap(gap: ConsumerGap): void
  measurements: Measurements
  now(): number
  onError: ReportError
  log: Logger
}

/** @returns what ends with the consumers, if anything does */
type StartConsumers = (
  context: ClaimContext,
  common: Pick<PartitionOptions, 'shared' | 'named' | 'partition' | 'onStarted'>,
) => Promise<{ run(): Promise<void> } | undefined>

/** Read the states of another partition's devices from Redis: only the fleet model needs them, once a day. */
const remoteCacheBytes = 2 ** 20

export function createSeriesRole(options: ConsumerRolesOptions): ClaimedRole {
  const { series } = options
  return createConsumerRole('series', options, async ({ journal, partition }, common) => {
    await hold(journal, { name: 'series', stream: 'telemetry', position: await series.position(partition) })
    await startSeriesConsumer({ ...options, ...common })
    return partition === 0 ? options.startPeriodicWork() : undefined
  })
}

export function createRulesRole(options: ConsumerRolesOptions): ClaimedRole {
  const { kinds, detectors, log } = options
  return createConsumerRole('rules', options, async ({ partition }, common) => {
    const fleetModelSources = new FleetModelSources(broadcast(options.readers))
    if (partition === 0) registerOtherPartitions(fleetModelSources, options)
    const rules = await runRulesConsumer({
      ...common.shared('rules'),
      kinds,
      detectors,
      fleetModelSources,
      partition,
      onInputMissing: (missing) => warnOfMissingInput(missing, log),
    })
    common.onStarted('rules', rules)
    return undefined
  })
}

export function createDeskRole(
  options: ConsumerRolesOptions,
  { workers, projection }: { workers: Workers; projection: RecordsProjection },
): ClaimedRole {
  const { records, readers } = options
  return createConsumerRole('desk', options, async ({ journal, partition }, common) => {
    for (const [name, stream] of [
      ['records', 'telemetry'],
      ['tickets', 'findings'],
    ] as const) {
      const position = await loadJournalPosition(records, consumerName(name, partition, readers))
      await hold(journal, { name, stream, position })
    }
    await startDeskConsumers({ ...options, ...common, workers, project: projection })
    return undefined
  })
}

function createConsumerRole(
  name: ClaimedRole['name'],
  options: ConsumerRolesOptions,
  startConsumers: StartConsumers,
): ClaimedRole {
  return { name, start: (context) => startClaim(context, options, startConsumers) }
}

async function startClaim(
  context: ClaimContext,
  options: ConsumerRolesOptions,
  startConsumers: StartConsumers,
): Promise<RunningClaim> {
  const { partition, shared: sharedPartition, journal, signal } = context
  const { readers, running, measurements, now, onError } = options
  const named = (name: string) => consumerName(name, partition, readers)
  const started = new Map<string, RunningConsumer>()
  const forget = () => {
    for (const name of started.keys()) running.delete(name)
  }
  try {
    const besides = await startConsumers(context, {
      partition,
      named,
      shared: (name) => ({
        journal,
        signal,
        measurements,
        now,
        onError: (error) => onError(error, named(name)),
        onGap: (gap) => options.onGap({ ...gap, consumer: named(name) }),
      }),
      onStarted(name, consumer) {
        // It is awaited below, and at the end.
        consumer.done.catch(() => undefined)
        started.set(named(name), consumer)
        running.set(named(name), consumer)
        serveDeadLetters(sharedPartition, name, consumer, {
          signal,
          onError: (error) => onError(error, named(name)),
        })
      },
    })
    return {
      ended: race([...started.values()].map(({ done }) => done)),
      async stop() {
        await besides?.run()
        await Promise.allSettled([...started.values()].map(({ done }) => done))
        forget()
      },
    }
  } catch (error) {
    // Those that run end with the signal, which aborts now.
    forget()
    throw error
  }
}

function registerOtherPartitions(
  sources: FleetModelSources,
  { partitions, devices }: Pick<ConsumerRolesOptions, 'partitions' | 'devices'>,
): void {
  const partitionOfDevice = (device: Device) =>
    partitionOf(devicePartitionKey(device.id, device), partitions.length)
  for (const [partition, { journal }] of partitions.entries()) {
    if (partition === 0) continue
    const states = (keys: readonly string[]) => journal.states(rulesConsumerName, keys)
    sources.register({
      // A cache of its own each time: states change meanwhile.
      cache: { get: (ids) => new StateCache({ states }, remoteCacheBytes).get(ids) },
      devices: () =>
        [...devices.values()].filter((one) => partitionOfDevice(one) === partition).map(({ id }) => id),
    })
  }
}
