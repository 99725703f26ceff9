import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { TelemetryEntry } from '../contract/entry.ts'
import type { Finding } from '../contract/finding.ts'
import { dayMs } from '../lib/time.ts'
import type { Journal, StoredConsumer } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import { rulesConsumerName, runRulesConsumer } from './consumer/rules-consumer.ts'
import { allRuleTexts } from './testing/all-rules.ts'
import { deviceScenario, runScenario, type ScenarioRun } from './testing/device-scenarios.ts'
import { rulesEntry, shippedReferences, start } from './testing/rules.ts'

/** Run of the consumer: its batch size, and where it ends. */
interface ConsumerRun {
  maxBatchEntries: number
  checkpointMs: number
  devicesPerPortion: number
  /** Share of the journal after which it stops. */
  share: number
  /** Commit that is its last, instead: the process dies before or after it. */
  crash?: { commit: number; isCommitted: boolean } | undefined
}

const consumerRun: fc.Arbitrary<ConsumerRun> = fc.record({
  maxBatchEntries: fc.constantFrom(1, 3, 20, 300),
  checkpointMs: fc.constantFrom(0, 5, 50),
  devicesPerPortion: fc.constantFrom(1, 2, 500),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  crash: fc.option(fc.record({ commit: fc.integer({ min: 1, max: 40 }), isCommitted: fc.boolean() }), {
    nil: undefined,
  }),
})
const lastRun: ConsumerRun = { maxBatchEntries: 5_000, checkpointMs: 20, devicesPerPortion: 500, share: 1 }
const fleet = fc
  .array(deviceScenario, { minLength: 1, maxLength: 3 })
  .map((plans) =>
    plans.map((plan, n) => runScenario(`device-${n}`, { ...plan, days: Math.min(plan.days, 40) })),
  )

describe('the rules consumer', () => {
  it('finds the same with any batch size, and wherever it is restarted or killed', {
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
    for (const run of [...runs, lastRun]) {
      await runConsumer(journal, run, end)
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

async function runConsumer(
  journal: Journal,
  { share, crash, ...options }: ConsumerRun,
  end: number,
): Promise<void> {
  const stop = new AbortController()
  const errors: unknown[] = []
  const running = await runRulesConsumer({
    ...options,
    journal: crash === undefined ? journal : new MortalJournal(journal, crash, () => stop.abort()).journal,
    ...shippedReferences,
    signal: stop.signal,
    onError: (error) => errors.push(error),
  })
  const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
  const isDone = async () => stop.signal.aborted || (await consumer.cursor()) >= Math.floor(share * end)
  await vi.waitUntil(isDone, { timeout: 60_000, interval: 2 })
  stop.abort()
  const failure = await running.done.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect([...errors, failure].filter((error) => error !== undefined && !(error instanceof Death))).toEqual([])
}

class Death extends Error {}

/** Journal of a process that dies at a commit of its consumer: nothing is committed after it. */
class MortalJournal {
  readonly #crash: NonNullable<ConsumerRun['crash']>
  readonly #onDeath: () => void
  #commits = 0
  readonly journal: Journal

  constructor(journal: Journal, crash: NonNullable<ConsumerRun['crash']>, onDeath: () => void) {
    this.#crash = crash
    this.#onDeath = onDeath
    this.journal = overriding(journal, {
      consumer: async (name, stream) => this.#mortal(await journal.consumer(name, stream)),
    })
  }

  #mortal<E>(consumer: StoredConsumer<E>): StoredConsumer<E> {
    return overriding(consumer, {
      commit: async (commit) => {
        this.#commits += 1
        if (this.#commits < this.#crash.commit) return consumer.commit(commit)
        if (this.#commits === this.#crash.commit && this.#crash.isCommitted) await consumer.commit(commit)
        this.#onDeath()
        throw new Death()
      },
    })
  }
}

/** Return an object with some methods of its own, and otherwise those of another one. */
function overriding<T extends object>(original: T, own: Partial<T>): T {
  return new Proxy(original, {
    get(target, key) {
      if (key in own) return Reflect.get(own, key)
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
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
