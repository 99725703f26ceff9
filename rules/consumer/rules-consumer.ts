import { loadDevices } from '../../ingest/acceptance/registry.ts'
import { type Consumption, consume } from '../../store/journal/consume.ts'
import type { Journal } from '../../store/journal/journal.ts'
import type { Kinds } from '../files/kinds.ts'
import { School } from '../fleet-model/fleet-school.ts'
import { Teacher } from '../fleet-model/teacher.ts'
import { loadInForce } from './in-force.ts'
import { StateCache } from './state-cache.ts'
import { stepBatch } from './step-batch.ts'
import { TickedDevices } from './ticked-devices.ts'

export interface RulesConsumerOptions {
  journal: Journal
  kinds: Kinds
  signal: AbortSignal
  /** Default: the clock; for what is set aside alone, the rules know no clock. */
  now?(): number
  /** Told of each failure, and of rules in force that do not fit the kinds. */
  onError(error: unknown): void
  /** About how many entries are stepped and committed at once. */
  maxEntries?: number
  /** How many devices' states are kept in memory; the others are read from the journal when needed. */
  cachedDevices?: number
  /** Where the rules of several partitions learn together; else this one learns by itself. */
  school?: School
  /** Which partition this is. The first one teaches the others, and looks at the fleet as a whole: start it last. */
  partition?: number
}

/** The name under which the journal keeps the rules' cursor and states. */
export const rulesConsumerName = 'rules'

/** While little comes, so many milliseconds of it share one commit. */
const collectMs = 20

const retry = { firstMs: 100, longestMs: 5_000 }

/**
 * Runs the rules that stand in the journal over it until the signal aborts. The states of the devices, what is in
 * force, the findings and the cursor are committed together: after a crash no finding is lost and none comes twice.
 */
export async function runRulesConsumer(options: RulesConsumerOptions): Promise<Consumption> {
  const { journal, kinds, signal, onError, maxEntries = 5_000, cachedDevices = 20_000 } = options
  const { school = new School(journal), partition = 0, now = Date.now } = options
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const cache = new StateCache(consumer, cachedDevices)
  const ticked = new TickedDevices((await loadDevices(journal)).values())
  school.enrol({ cache, devices: () => ticked.all() })
  const teacher = partition === 0 ? new Teacher(school, cache, onError) : undefined
  let inForce = await loadInForce(journal, consumer, { kinds, onError })
  return consume({
    consumer,
    maxEntries,
    collectMs,
    retry,
    signal,
    now,
    onError,
    probe: () => journal.info(),
    async handle(batch) {
      const stepped = await stepBatch(batch.entries, {
        inForce,
        cache,
        ticked,
        kinds,
        onError,
        cohorts: teacher !== undefined,
      })
      // First, for it may fail: then the batch is stepped again from where it began.
      await teacher?.after(batch.entries, stepped)
      inForce = stepped.inForce
      cache.keep(stepped.states)
      ticked.note(inForce.engine, stepped.wakes)
      const state = new Map<string, unknown>([...stepped.states, ...stepped.keep])
      return { cursor: batch.next, state, findings: stepped.findings }
    },
  })
}
