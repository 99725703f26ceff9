import { loadDevices } from '../ingest/acceptance/registry.ts'
import { type Consumption, consume } from '../store/journal/consume.ts'
import type { Journal } from '../store/journal/journal.ts'
import { StateCache } from './consumer/state-cache.ts'
import { stepBatch } from './consumer/step-batch.ts'
import { TickedDevices } from './consumer/ticked-devices.ts'
import type { Engine } from './engine.ts'

export interface RulesConsumerOptions {
  journal: Journal
  engine: Engine
  signal: AbortSignal
  /** Told of each failure, with how many there were in a row. */
  onError(error: unknown, failures: number): void
  /** About how many entries are stepped and committed at once. */
  maxEntries?: number
  /** How many devices' states are kept in memory; the others are read from the journal when needed. */
  cachedDevices?: number
}

/** The name under which the journal keeps the rules' cursor and states. */
export const rulesConsumerName = 'rules'

/** While little comes, so many milliseconds of it share one commit. */
const collectMs = 20

const retry = { firstMs: 100, longestMs: 30_000 }

/**
 * Runs the rules over the journal until the signal aborts. The states of the devices, the findings and the cursor
 * are committed together: after a crash no finding is lost and none comes twice.
 */
export async function runRulesConsumer(options: RulesConsumerOptions): Promise<Consumption> {
  const { journal, engine, signal, onError, maxEntries = 5_000, cachedDevices = 20_000 } = options
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const cache = new StateCache(consumer, cachedDevices)
  const ticked = new TickedDevices(engine, (await loadDevices(journal)).values())
  return consume({
    consumer,
    maxEntries,
    collectMs,
    retry,
    signal,
    onError,
    async handle(batch) {
      const { changed, findings } = await stepBatch(batch.entries, { engine, cache, ticked })
      cache.keep(changed)
      return { cursor: batch.next, state: changed, findings }
    },
  })
}
