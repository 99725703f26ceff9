import { loadDevices } from '../../ingest/acceptance/device-registry.ts'
import { consume, type RunningConsumer } from '../../store/journal/consume.ts'
import type { Journal } from '../../store/journal/journal.ts'
import type { DetectorRegistry } from '../detectors/registry.ts'
import type { Kinds } from '../files/kinds.ts'
import { FleetModelPublisher } from '../fleet-model/fleet-model-publisher.ts'
import { FleetModelSources } from '../fleet-model/fleet-model-sources.ts'
import { loadLiveRuleSet } from './live-rule-set.ts'
import { StateCache } from './state-cache.ts'
import { stepBatch } from './step-batch.ts'
import { TickSchedule } from './tick-schedule.ts'

export interface RulesConsumerOptions {
  journal: Journal
  kinds: Kinds
  detectors: DetectorRegistry
  signal: AbortSignal
  /** Default: the clock; for what is set aside alone, the rules know no clock. */
  now?(): number
  /** Told of each failure, and of rules in force that do not fit the kinds. */
  onError(error: unknown): void
  /** About how many entries are stepped and committed at once. */
  maxBatchEntries?: number
  /** How many devices' states are kept in memory; the others are read from the journal when needed. */
  maxCachedDevices?: number
  /** Where the rules of several partitions learn together; else this one learns by itself. */
  fleetModelSources?: FleetModelSources
  /** Which partition this is. The first one teaches the others, and looks at the fleet as a whole: start it last. */
  partition?: number
}

/** The name under which the journal keeps the rules' cursor and states. */
export const rulesConsumerName = 'rules'

/** While little comes, so many milliseconds of it share one commit. */
const lingerMs = 20

const retry = { initialMs: 100, maxMs: 5_000 }

/**
 * Run the rules that stand in the journal over it until the signal aborts. The states of the devices, what is in
 * force, the findings and the cursor are committed together: after a crash no finding is lost and none comes twice.
 */
export async function runRulesConsumer(options: RulesConsumerOptions): Promise<RunningConsumer> {
  const {
    journal,
    kinds,
    detectors,
    signal,
    onError,
    maxBatchEntries: maxEntries = 5_000,
    maxCachedDevices: cachedDevices = 20_000,
  } = options
  const {
    fleetModelSources: school = new FleetModelSources(journal),
    partition = 0,
    now = Date.now,
  } = options
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const cache = new StateCache(consumer, cachedDevices)
  const tickSchedule = new TickSchedule((await loadDevices(journal)).values())
  school.register({ cache, devices: () => tickSchedule.deviceIds() })
  const fleetModelPublisher = partition === 0 ? new FleetModelPublisher(school, cache, onError) : undefined
  let liveRuleSet = await loadLiveRuleSet(journal, consumer, { kinds, detectors, onError })
  return consume({
    consumer,
    maxEntries,
    lingerMs,
    retry,
    signal,
    now,
    onError,
    healthCheck: () => journal.info(),
    async handle(batch) {
      const stepped = await stepBatch(batch.entries, {
        liveRuleSet,
        cache,
        tickSchedule,
        kinds,
        detectors,
        onError,
        evaluatesCohorts: fleetModelPublisher !== undefined,
      })
      // First, for it may fail: then the batch is stepped again from where it began.
      await fleetModelPublisher?.afterBatch(batch.entries, stepped)
      liveRuleSet = stepped.liveRuleSet
      cache.put(stepped.states)
      tickSchedule.schedule(liveRuleSet.engine, stepped.nextTicks)
      const state = new Map<string, unknown>([...stepped.states, ...stepped.changedLiveRuleSet])
      return { cursor: batch.next, state, findings: stepped.findings }
    },
  })
}
