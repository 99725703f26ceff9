import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Measurements, MissingInput } from '../../contract/measurements.ts'
import { loadDevices } from '../../ingest/acceptance/device-registry.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import { consume, type RunningConsumer } from '../../store/journal/consume.ts'
import type { Journal } from '../../store/journal/journal.ts'
import type { DetectorRegistry } from '../detectors/registry.ts'
import type { Kinds } from '../files/kinds.ts'
import { FleetModelPublisher } from '../fleet-model/fleet-model-publisher.ts'
import { FleetModelSources } from '../fleet-model/fleet-model-sources.ts'
import { loadLiveRuleSet } from './live-rule-set.ts'
import { SkippedInputs } from './skipped-inputs.ts'
import { StateCache } from './state-cache.ts'
import { type BatchContext, type BatchResult, type SteppedFinding, stepBatch } from './step-batch.ts'
import { TickSchedule } from './tick-schedule.ts'

export interface RulesConsumerOptions {
  journal: Journal
  kinds: Kinds
  detectors: DetectorRegistry
  signal: AbortSignal
  /** Timestamps of dead letters, ms; default: `Date.now`. The rules themselves use no clock. */
  now?(): number
  /** Called with each failure, and with live rules that do not fit the kinds. */
  onError(error: unknown): void
  /** Called once for each device and rule that never gets a metric that it needs. */
  onInputMissing?(missing: MissingInput): void
  /** Approximate number of entries that are evaluated and committed at once. */
  maxBatchEntries?: number
  /** Number of device states kept in memory; the others are read from the journal when needed. */
  maxCachedDevices?: number
  /** Shared by the consumers of several partitions; default: this partition alone. */
  fleetModelSources?: FleetModelSources
  measurements?: Measurements | undefined
  /** Number of this partition. Partition 0 publishes the fleet model and evaluates the cohorts: start it last. */
  partition?: number
}

/** Name of the journal consumer that holds the rules' cursor and states. */
export const rulesConsumerName = 'rules'

/** At low load, entries of this period share one commit, ms. */
const lingerMs = 20

const retry = { initialMs: 100, maxMs: 5_000 }

/**
 * Run the live rules over the journal until the signal aborts. Device states, the live rule set, findings and the cursor
 * are committed together: after a crash no finding is lost or repeated.
 */
export async function runRulesConsumer(options: RulesConsumerOptions): Promise<RunningConsumer> {
  const {
    journal,
    kinds,
    detectors,
    signal,
    onError,
    maxBatchEntries = 5_000,
    maxCachedDevices = 20_000,
  } = options
  const {
    fleetModelSources = new FleetModelSources(journal),
    partition = 0,
    now = Date.now,
    measurements,
  } = options
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const cache = new StateCache(consumer, maxCachedDevices)
  const tickSchedule = new TickSchedule((await loadDevices(journal)).values())
  fleetModelSources.register({ cache, devices: () => tickSchedule.deviceIds() })
  const fleetModelPublisher =
    partition === 0 ? new FleetModelPublisher(fleetModelSources, cache, onError) : undefined
  let liveRuleSet = await loadLiveRuleSet(journal, consumer, { kinds, detectors, onError, measurements })
  return consume({
    consumer,
    maxEntries: maxBatchEntries,
    lingerMs,
    retry,
    signal,
    measurements,
    now,
    onError,
    healthCheck: () => journal.info(),
    async handle(batch) {
      const evaluatesCohorts = fleetModelPublisher !== undefined
      const result = await stepBatchSkippingErrors(
        batch.entries,
        { liveRuleSet, cache, tickSchedule, kinds, detectors, onError, measurements, evaluatesCohorts },
        // Here, because it may fail: then the batch is evaluated again from its start.
        (stepped) => fleetModelPublisher?.afterBatch(batch.entries, stepped),
      )
      liveRuleSet = result.liveRuleSet
      cache.put(result.states)
      tickSchedule.schedule(liveRuleSet.engine, result.nextTicks)
      passFailpoint('rules.after_evaluation')
      const state = new Map<string, unknown>([...result.states, ...result.changedLiveRuleSet])
      return {
        cursor: batch.next,
        state,
        findings: result.findings.map(({ finding }) => finding),
        onCommitted: (source) => {
          measureFindings(result.findings, source, options)
          for (const missing of result.missingInputs) {
            measurements?.ruleInputMissing?.(missing)
            options.onInputMissing?.(missing)
          }
        },
      }
    },
  })
}

/** Evaluate a batch, again where an input failed for some devices. A failure leaves states half changed: they are dropped. */
async function stepBatchSkippingErrors(
  entries: readonly TelemetryEntry[],
  options: Omit<BatchContext, 'skipped'>,
  afterBatch: (result: BatchResult) => Promise<void> | undefined,
): Promise<BatchResult> {
  const skipped = new SkippedInputs(options.onError)
  try {
    while (true) {
      skipped.begin()
      const result = await stepBatch(entries, { ...options, skipped })
      if (skipped.isComplete) {
        await afterBatch(result)
        return result
      }
      options.cache.clear()
    }
  } catch (error) {
    options.cache.clear()
    throw error
  }
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
