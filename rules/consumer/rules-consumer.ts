import type { Finding } from '../../contract/finding.ts'
import type { Measurements, MissingInput } from '../../contract/measurements.ts'
import { loadDevices } from '../../ingest/acceptance/device-registry.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { consume, type RunningConsumer } from '../../store/journal/consume.ts'
import type { Journal } from '../../store/journal/journal.ts'
import type { RetryStatus } from '../../store/journal/retry-loop.ts'
import type { DetectorRegistry } from '../detectors/registry.ts'
import type { Kinds } from '../files/kinds.ts'
import { FleetModelPublisher } from '../fleet-model/fleet-model-publisher.ts'
import { FleetModelSources } from '../fleet-model/fleet-model-sources.ts'
import { BatchStepper, statesOf } from './batch-stepper.ts'
import { CheckpointedConsumer } from './checkpointed-consumer.ts'
import { StateCache } from './state-cache.ts'
import type { SteppedFinding } from './step-batch.ts'
import { TickSchedule } from './tick-schedule.ts'

/** What is measured of the rules. */
export type RuleMeasurements = Pick<
  Measurements,
  'batchHandled' | 'detectorCalled' | 'findingCommitted' | 'ruleInputMissing'
>

export interface RulesConsumerOptions {
  journal: Journal
  kinds: Kinds
  detectors: DetectorRegistry
  signal: AbortSignal
  /** Timestamps of dead letters, ms; default: `Date.now`. The rules themselves use no clock. */
  now?(): number
  /** Called with each failure, and with live rules that do not fit the kinds. */
  onError(error: unknown): void
  /** Called when the status of the running consumer has changed. */
  onStatusChange?(status: Readonly<RetryStatus>): void
  /** Called once for each device and rule that never gets a metric that it needs. */
  onInputMissing?(missing: MissingInput): void
  /** Approximate number of entries that are evaluated and committed at once. */
  maxBatchEntries?: number
  /** Approximate size of the device states kept in memory; the others are read from the journal when needed. */
  maxCachedBytes?: number
  /** Time after which states are stored, ms. */
  checkpointMs?: number
  /** A tick of more devices is evaluated and stored in portions. */
  devicesPerPortion?: number
  /** Shared by the consumers of several partitions; default: this partition alone. */
  fleetModelSources?: FleetModelSources
  measurements?: RuleMeasurements | undefined
  /** Number of this partition. Partition 0 publishes the fleet model and evaluates the cohorts: start it last. */
  partition?: number
}

/** Name of the journal consumer that holds the rules' cursor and states. */
export const rulesConsumerName = 'rules'

/** At low load, entries of this period share one commit, ms. */
const lingerMs = 20

/** Time after which states are stored, ms. After a crash, the readings of as long are evaluated again. */
const defaultCheckpointMs = 5_000

const defaultCachedBytes = 256 * 2 ** 20

/** Devices whose states are stored in one commit, when all of the fleet is evaluated. */
const defaultDevicesPerPortion = 500

const retry = { initialMs: 100, maxMs: 5_000 }

/**
 * Run the live rules over the journal until the signal aborts. Findings are committed with the offset up to which they are
 * complete, states of devices and the live rule set from time to time with theirs: after a crash no finding is lost or
 * repeated.
 */
export async function runRulesConsumer(options: RulesConsumerOptions): Promise<RunningConsumer> {
  const {
    journal,
    kinds,
    detectors,
    signal,
    onError,
    maxBatchEntries = 1_000,
    maxCachedBytes = defaultCachedBytes,
  } = options
  const {
    fleetModelSources = new FleetModelSources(journal),
    partition = 0,
    now = Date.now,
    measurements,
  } = options
  const evaluatesCohorts = partition === 0
  const consumer = await CheckpointedConsumer.open(await journal.consumer(rulesConsumerName, 'telemetry'), {
    intervalMs: options.checkpointMs ?? defaultCheckpointMs,
    monotonicNow: () => performance.now(),
  })
  const cache = new StateCache(consumer, maxCachedBytes)
  const tickSchedule = new TickSchedule((await loadDevices(journal)).values())
  fleetModelSources.register({ cache, devices: () => tickSchedule.deviceIds() })
  const fleetModelPublisher = evaluatesCohorts
    ? new FleetModelPublisher(fleetModelSources, onError)
    : undefined
  const unreported = (stepped: readonly SteppedFinding[]) =>
    stepped.filter(({ offset }) => offset >= consumer.reportedUpTo)
  const compile = { kinds, detectors, onError, measurements }
  const stepper = await BatchStepper.open({
    ...compile,
    journal,
    consumer,
    cache,
    tickSchedule,
    evaluatesCohorts,
    portions: {
      devices: options.devicesPerPortion ?? defaultDevicesPerPortion,
      isBound: (device) => consumer.isBound(device),
      async report(stepped, offset) {
        const findings = unreported(stepped)
        await consumer.report(findings.map(findingOf), offset)
        measureFindings(findings, 'batch', options)
      },
      async store({ states, findings: stepped }, offset) {
        const findings = unreported(stepped)
        await consumer.storePortion(states, findings.map(findingOf), offset)
        measureFindings(findings, 'batch', options)
      },
    },
    signal,
  })
  const running = consume({
    consumer,
    maxEntries: maxBatchEntries,
    lingerMs,
    retry,
    signal,
    measurements,
    now,
    onError,
    ...(options.onStatusChange && { onStatusChange: options.onStatusChange }),
    healthCheck: () => journal.info(),
    async handle(batch) {
      const result = await stepper.step(batch, async (stepped) => {
        // So that the tick that led to it is not evaluated again.
        if (await fleetModelPublisher?.afterBatch(batch.entries, stepped)) consumer.makeDue()
      })
      passFailpoint('rules.after_evaluation')
      const findings = unreported(result.findings)
      return {
        cursor: batch.next,
        state: statesOf(result),
        findings: findings.map(findingOf),
        onCommitted: (source) => {
          measureFindings(findings, source, options)
          for (const missing of result.missingInputs) {
            measurements?.ruleInputMissing?.(missing)
            options.onInputMissing?.(missing)
          }
        },
      }
    },
  })
  return { ...running, done: running.done.then(() => consumer.close()) }
}

function findingOf({ finding }: SteppedFinding): Finding {
  return finding
}

/** A dead letter that was retried by hand was received long ago: that is no latency of the rules. */
function measureFindings(
  findings: readonly SteppedFinding[],
  source: 'batch' | 'dead letter',
  { measurements, now = Date.now }: RulesConsumerOptions,
): void {
  if (measurements === undefined) return
  const committedAt = now()
  for (const { finding, kind, causedAt } of findings) {
    measurements.findingCommitted({
      finding,
      kind,
      causedAt: source === 'batch' ? causedAt : undefined,
      committedAt,
    })
  }
}
