import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'
import { createEngine } from '../engine/create-engine.ts'
import { stateFormat } from '../engine/engine.ts'
import { phoneFleet, phoneFleetEntries, runEngine } from '../testing/phone-fleet.ts'
import {
  hotBatteryRule,
  parseRule,
  rulesEntry,
  shippedKinds,
  shippedReferences,
  start,
} from '../testing/rules.ts'
import { type RulesConsumerOptions, rulesConsumerName, runRulesConsumer } from './rules-consumer.ts'

const texts = [
  hotBatteryRule({ for: '24h', clear: '40' }),
  hotBatteryRule({
    rule: 'phone.battery_weak',
    detect: '{ forecast: { metric: battery_health_pct, below: 80, within: 20d, window: 60d } }',
  }),
  hotBatteryRule({ rule: 'phone.silent', component: 'device', detect: '{ silence: { intervals: 6 } }' }),
]

const entries = phoneFleetEntries()
const expected = runEngine(createEngine({ kinds: shippedKinds, rules: texts.map(parseRule) }), entries)

describe('the rules consumer', () => {
  let dir: string
  let journal: Journal

  const open = () => openLmdbJournal({ dir, maxBytes: 100_000_000, keepEntries: 1_000_000 })

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-rules-'))
    journal = await open()
    const facts = new Map(phoneFleet.map((device) => [`device/${device.id}`, device]))
    await journal.append('telemetry', [rulesEntry(texts)], { facts })
    for (const entry of entries) await journal.append('telemetry', [entry])
  })
  afterEach(async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  })

  async function consumeUpTo(cursor: number, changes: Partial<RulesConsumerOptions> = {}): Promise<void> {
    const stop = new AbortController()
    const onError = vi.fn()
    const options = {
      journal,
      ...shippedReferences,
      signal: stop.signal,
      onError,
      maxBatchEntries: 50,
      ...changes,
    }
    const { done } = await runRulesConsumer(options)
    const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
    await vi.waitFor(async () => expect(await consumer.cursor()).toBeGreaterThanOrEqual(cursor), {
      timeout: 20_000,
      interval: 2,
    })
    stop.abort()
    await done
    expect(onError).not.toHaveBeenCalled()
  }

  async function head(): Promise<number> {
    return (await journal.info()).streams.telemetry.head
  }

  async function findings(): Promise<Finding[]> {
    const all: Finding[] = []
    for await (const batch of journal.scan('findings', 0)) all.push(...batch.entries)
    return all
  }

  it.each([1, 7, 64, 5_000])('finds the same in batches of %i entries', async (maxBatchEntries) => {
    await consumeUpTo(await head(), { maxBatchEntries })
    const found = await findings()
    expect(found).toEqual(expected)
    expect(new Set(found.map(({ rule, state }) => `${rule} ${state}`))).toEqual(
      new Set([
        'phone.battery_hot raised',
        'phone.battery_hot cleared',
        'phone.battery_weak raised',
        'phone.battery_weak cleared',
        'phone.silent raised',
        'phone.silent cleared',
      ]),
    )
  })

  it('finds the same when it is stopped and the journal reopened, many times', async () => {
    const end = await head()
    for (let cursor = 90; cursor < end; cursor += 90) {
      await consumeUpTo(Math.min(cursor, end), { maxBatchEntries: 10 })
      await journal.close()
      journal = await open()
    }
    await consumeUpTo(end)
    expect(await findings()).toEqual(expected)
  })

  it('finds the same with a cache of one device', async () => {
    await consumeUpTo(await head(), { maxCachedBytes: 1, maxBatchEntries: 10 })
    expect(await findings()).toEqual(expected)
  })

  it('repeats no finding when commits fail', async () => {
    const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
    const commit = vi.spyOn(Object.getPrototypeOf(consumer), 'commit')
    commit.mockRejectedValueOnce(new Error('disk is full')).mockRejectedValueOnce(new Error('disk is full'))
    const stop = new AbortController()
    const onError = vi.fn()
    const { done } = await runRulesConsumer({
      journal,
      ...shippedReferences,
      signal: stop.signal,
      onError,
      maxBatchEntries: 100,
    })
    const end = await head()
    await vi.waitFor(async () => expect(await consumer.cursor()).toBeGreaterThanOrEqual(end), {
      timeout: 20_000,
    })
    stop.abort()
    await done
    commit.mockRestore()
    expect(onError).toHaveBeenCalledTimes(2)
    expect(await findings()).toEqual(expected)
  })

  it('loses no finding when it is stopped while findings cannot be committed, again and again', async () => {
    const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
    const prototype: typeof consumer = Object.getPrototypeOf(consumer)
    const { commit } = prototype
    for (const commits of [1, 2, 3, 4, 5, 6]) {
      const stop = new AbortController()
      let left = commits
      const spy = vi.spyOn(prototype, 'commit').mockImplementation(function (this: typeof consumer, all) {
        if ((all.findings ?? []).length === 0 || --left > 0) return commit.call(this, all)
        stop.abort()
        return Promise.reject(new Error('disk is full'))
      })
      // So that states of earlier batches wait for a checkpoint.
      const options = {
        journal,
        ...shippedReferences,
        signal: stop.signal,
        onError: vi.fn(),
        maxBatchEntries: 1,
      }
      await (await runRulesConsumer(options)).done
      spy.mockRestore()
      expect(left).toBe(0)
    }
    await consumeUpTo(await head())
    expect(await findings()).toEqual(expected)
  })

  it('writes failing entries to dead letters, skips devices that fail on a tick, and finds the same as without them', async () => {
    const broken = { id: 'phone-broken', kind: 'phone' }
    const poisonAt = new Set([7, 8, 300])
    // Ingestion would reject it; another version of the product could have written it.
    const poison: TelemetryEntry = {
      type: 'reading',
      receivedAt: start,
      reading: { device: 'phone-2', ts: start + dayMs, values: null as unknown as Record<string, number> },
    }
    await journal.close()
    await rm(dir, { recursive: true })
    journal = await open()
    const devices = [...phoneFleet, broken]
    const facts = new Map(devices.map((device) => [`device/${device.id}`, device]))
    await journal.append('telemetry', [rulesEntry(texts)], { facts })
    for (const [n, entry] of entries.entries()) {
      await journal.append('telemetry', poisonAt.has(n) ? [poison, entry] : [entry])
    }
    const consumer = await journal.consumer(rulesConsumerName, 'telemetry')
    const state = new Map([[broken.id, { format: stateFormat, device: broken, rules: null }]])
    await consumer.commit({ cursor: 0, state })

    const stop = new AbortController()
    const onError = vi.fn()
    const running = { journal, ...shippedReferences, signal: stop.signal, onError, maxBatchEntries: 200 }
    const { done, deadLetters, retry } = await runRulesConsumer(running)
    const end = await head()
    await vi.waitFor(async () => expect(await consumer.cursor()).toBeGreaterThanOrEqual(end), {
      timeout: 20_000,
    })
    expect(await deadLetters()).toMatchObject(
      [...poisonAt].map(() => ({ entry: poison, error: expect.any(String) })),
    )
    expect(await retry((await deadLetters())[0]?.offset ?? -1)).toMatchObject({ is: 'failed' })
    expect(await deadLetters()).toHaveLength(3)
    stop.abort()
    await done
    expect(await findings()).toEqual(expected)
    const names = new Set(onError.mock.calls.map(([error]) => error.name))
    expect(names).toEqual(new Set(['TypeError', 'EntryDeadLetteredError', 'DeviceSkippedError']))
  })
})
