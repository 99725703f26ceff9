import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { TelemetryEntry } from '../contract/entry.ts'
import type { Finding } from '../contract/finding.ts'
import { dayMs } from '../lib/time.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import { rulesConsumerName, runRulesConsumer } from './consumer/rules-consumer.ts'
import { allRuleTexts } from './testing/all-rules.ts'
import { deviceScenario, runScenario, type ScenarioRun } from './testing/device-scenarios.ts'
import { rulesEntry, shippedReferences, start } from './testing/rules.ts'

/** Run of the consumer: its batch size, and the share of the journal after which it stops. */
interface ConsumerRun {
  maxBatchEntries: number
  share: number
}

const consumerRun: fc.Arbitrary<ConsumerRun> = fc.record({
  maxBatchEntries: fc.constantFrom(1, 3, 20, 300),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
})
const fleet = fc
  .array(deviceScenario, { minLength: 1, maxLength: 3 })
  .map((plans) =>
    plans.map((plan, n) => runScenario(`device-${n}`, { ...plan, days: Math.min(plan.days, 40) })),
  )

describe('the rules consumer', () => {
  it('finds the same with any batch size and wherever it is restarted', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fleet, fc.array(consumerRun, { maxLength: 4 }), async (fleet, runs) => {
        const uninterrupted = await runConsumers(fleet, [])
        expect(await runConsumers(fleet, runs)).toEqual(uninterrupted)
      }),
      { numRuns: 8 },
    )
  })
})

/** Run consumers over a journal of these scenarios, one after the other, the last to the end; return the findings. */
async function runConsumers(fleet: readonly ScenarioRun[], runs: readonly ConsumerRun[]): Promise<Finding[]> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-properties-'))
  const open = () => openLmdbJournal({ dir, maxBytes: 100_000_000, keepEntries: 1_000_000 })
  let journal = await open()
  try {
    const facts = new Map(fleet.map(({ device }) => [`device/${device.id}`, device]))
    const end = await journal.append('telemetry', [rulesEntry(allRuleTexts), ...toTelemetry(fleet)], {
      facts,
    })
    for (const { maxBatchEntries, share } of [...runs, { maxBatchEntries: 5_000, share: 1 }]) {
      await runConsumerTo(Math.floor(share * end), { journal, maxBatchEntries })
      await journal.close()
      journal = await open()
    }
    const findings: Finding[] = []
    for await (const batch of journal.scan('findings', 0)) findings.push(...batch.entries)
    return findings
  } finally {
    await journal.close()
    await rm(dir, { recursive: true })
  }
}

async function runConsumerTo(
  cursor: number,
  {
    journal,
    maxBatchEntries,
  }: { journal: Awaited<ReturnType<typeof openLmdbJournal>>; maxBatchEntries: number },
): Promise<void> {
  const stop = new AbortController()
  const onError = vi.fn()
  const { done } = await runRulesConsumer({
    journal,
    ...shippedReferences,
    signal: stop.signal,
    onError,
    maxBatchEntries,
  })
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const options = { timeout: 60_000, interval: 2 }
  await vi.waitFor(async () => expect(await consumer.cursor()).toBeGreaterThanOrEqual(cursor), options)
  stop.abort()
  await done
  expect(onError).not.toHaveBeenCalled()
}

/** Merge the entries of all devices in order of receipt, with a tick at each midnight. */
function toTelemetry(fleet: readonly ScenarioRun[]): TelemetryEntry[] {
  const entries = fleet.flatMap(({ entries }) => entries)
  const days = Math.ceil((Math.max(...entries.map(({ receivedAt }) => receivedAt)) - start) / dayMs)
  const ticks = Array.from({ length: days }, (_, n) => ({ type: 'tick' as const, at: start + n * dayMs }))
  const timed = [
    ...entries.map((entry) => ({ at: entry.receivedAt, entry })),
    ...ticks.map((entry) => ({ at: entry.at, entry })),
  ]
  const registrations = fleet.map(
    ({ device }): TelemetryEntry => ({ type: 'device', receivedAt: start, device }),
  )
  return [...registrations, ...timed.sort((a, b) => a.at - b.at).map(({ entry }) => entry)]
}
