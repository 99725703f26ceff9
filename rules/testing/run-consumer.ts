import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { type RulesConsumerOptions, rulesConsumerName, runRulesConsumer } from '../consumer/rules-consumer.ts'
import { shippedReferences } from './rules.ts'

type ConsumerOverrides = Partial<Pick<RulesConsumerOptions, 'kinds' | 'maxBatchEntries' | 'maxCachedBytes'>>

/**
 * Run the rules consumer over a journal until it reaches an offset; by default the end.
 * @returns the reported errors
 */
export async function runConsumerUpTo(
  journal: Journal,
  offset?: number,
  changes: ConsumerOverrides = {},
): Promise<unknown[]> {
  const errors: unknown[] = []
  const stop = new AbortController()
  const onError = (error: unknown) => errors.push(error)
  const { done } = await runRulesConsumer({
    journal,
    ...shippedReferences,
    signal: stop.signal,
    onError,
    checkpointMs: 20,
    ...changes,
  })
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const end = offset ?? (await journal.info()).streams.telemetry.head
  while ((await consumer.cursor()) < end) await new Promise((resolve) => setTimeout(resolve, 2))
  stop.abort()
  await done
  return errors
}

export async function readTelemetry(journal: Journal): Promise<TelemetryEntry[]> {
  const all: TelemetryEntry[] = []
  for await (const { entries } of journal.scan('telemetry', 0)) all.push(...entries)
  return all
}

/** Return all findings sorted by id: the order of findings of different devices is not defined. */
export async function readFindings(journal: Journal): Promise<Finding[]> {
  const all: Finding[] = []
  for await (const { entries } of journal.scan('findings', 0)) all.push(...entries)
  return all.sort((a, b) => (a.id < b.id ? -1 : 1))
}
