import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TelemetryEntry } from '../../contract/entry.ts'
import { consume, type RunningConsumer } from './consume.ts'
import type { ConsumeOptions } from './consume-options.ts'
import { maxDeadLetters } from './dead-letter-store.ts'
import type { Batch, Commit, DeadLetterEntry, Journal, JournalConsumer } from './journal.ts'
import { openLmdbJournal } from './lmdb/lmdb-journal.ts'
import { entries } from './testing/entries.ts'

const until = { timeout: 20_000, interval: 5 }
const away = () => new Error('the store is away')

describe('an entry that cannot be handled', () => {
  let dir: string
  let journal: Journal
  let consumer: JournalConsumer<TelemetryEntry>
  let poison: Set<number>
  let isUnavailable: () => boolean
  let handled: number[]
  let running: { stop: AbortController; consumption: RunningConsumer } | undefined

  async function open(): Promise<void> {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-poison-'))
    journal = await openLmdbJournal({ dir, maxBytes: 10_000_000, keepEntries: 0 })
    consumer = await journal.consumer('one', 'telemetry')
    poison = new Set()
    isUnavailable = () => false
    running = undefined
  }
  async function close(): Promise<void> {
    await end()
    await journal.close()
    await rm(dir, { recursive: true })
  }
  beforeEach(open)
  afterEach(close)

  /** A handler that keeps what it has seen with its cursor, as the rules do. */
  async function handle({ entries, next }: Batch<TelemetryEntry>): Promise<Commit<TelemetryEntry>> {
    if (isUnavailable()) throw away()
    const bad = entries.map(numberOf).find((n) => poison.has(n))
    if (bad !== undefined) throw new TypeError(`${bad} is not to be borne`)
    handled = [...handled, ...entries.map(numberOf)]
    return { cursor: next, state: new Map([['handled', handled]]) }
  }

  /** Go on where the journal says. */
  async function begin(changes: Partial<ConsumeOptions<TelemetryEntry>> = {}): Promise<RunningConsumer> {
    const kept = (await consumer.states(['handled'])).get('handled') ?? []
    handled = kept as number[]
    const stop = new AbortController()
    const consumption = consume({
      consumer,
      maxEntries: 20,
      retry: { initialMs: 0, maxMs: 0 },
      signal: stop.signal,
      handle,
      healthCheck: async () => {
        if (isUnavailable()) throw away()
      },
      onError: () => undefined,
      now: () => 5,
      ...changes,
    })
    running = { stop, consumption }
    return consumption
  }

  async function end(): Promise<void> {
    running?.stop.abort()
    await running?.consumption.done
  }

  const cursorIs = (cursor: number) =>
    vi.waitFor(async () => expect(await consumer.cursor()).toBe(cursor), until)

  const offsets = (deadLetters: readonly DeadLetterEntry[]) => deadLetters.map(({ offset }) => offset)

  it('becomes a dead letter with its error, and everything else is handled in order', async () => {
    poison = new Set([3, 4, 11])
    await journal.append('telemetry', entries(0, 20))
    const onError = vi.fn()
    const { status, deadLetters } = await begin({ onError })
    await cursorIs(20)
    expect(handled).toEqual(numbers(0, 20).filter((n) => !poison.has(n)))
    expect(offsets(await deadLetters())).toEqual([3, 4, 11])
    expect((await deadLetters())[0]).toEqual({
      offset: 3,
      entry: entries(3, 4)[0],
      error: '3 is not to be borne',
      attempts: expect.any(Number),
      at: 5,
    })
    expect(await consumer.deadLetters()).toEqual(await deadLetters())
    expect(onError.mock.lastCall?.[0]).toMatchObject({
      name: 'EntryDeadLetteredError',
      message: expect.stringContaining('11 is not to be borne'),
    })
    expect(status.consecutiveFailures).toBe(0)
  })

  it('is found as well when nothing else is in the journal', async () => {
    poison = new Set([0])
    await journal.append('telemetry', entries(0, 1))
    const { deadLetters } = await begin()
    await cursorIs(1)
    expect(await deadLetters()).toMatchObject([{ offset: 0, attempts: 4 }])
  })

  it('is not taken for one while the store is away, however long', async () => {
    let calls = 0
    isUnavailable = () => calls++ < 100
    await journal.append('telemetry', entries(0, 20))
    const { deadLetters } = await begin()
    await cursorIs(20)
    expect(await deadLetters()).toEqual([])
    expect(handled).toEqual(numbers(0, 20))
  })

  it.each([
    ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a full disk', Object.assign(new Error('could not extend file'), { code: '53100' })],
    ['a wrapped one', new Error('write failed', { cause: Object.assign(new Error(), { code: 'ENOSPC' }) })],
    ['a full Redis', new Error("OOM command not allowed when used memory > 'maxmemory'.")],
  ])('is not blamed for %s, even where an empty batch goes through', async (_what, error) => {
    let failures = 0
    await journal.append('telemetry', entries(0, 2))
    const { deadLetters } = await begin({
      healthCheck: async () => undefined,
      handle: async (batch) => {
        if (failures++ < 50) throw error
        return handle(batch)
      },
    })
    await cursorIs(2)
    expect(await deadLetters()).toEqual([])
    expect(handled).toEqual([0, 1])
  })

  it('is handled again when asked to, and settled when that succeeds', async () => {
    poison = new Set([1, 2, 3])
    await journal.append('telemetry', entries(0, 5))
    const { deadLetters, retry, drop } = await begin()
    await cursorIs(5)
    expect(await retry(1)).toEqual({ is: 'failed', error: '1 is not to be borne' })
    expect((await deadLetters())[0]?.attempts).toBeGreaterThan((await deadLetters())[1]?.attempts ?? 0)
    poison = new Set([2])
    expect(await Promise.all([retry(1), retry(2), drop(3), retry(4), drop(4)])).toEqual([
      { is: 'settled' },
      { is: 'failed', error: '2 is not to be borne' },
      { is: 'settled' },
      { is: 'unknown' },
      { is: 'unknown' },
    ])
    expect(handled).toEqual([0, 4, 1])
    expect(offsets(await consumer.deadLetters())).toEqual([2])
    await end()
    const again = await begin()
    await vi.waitFor(async () => expect(offsets(await again.deadLetters())).toEqual([2]), until)
    await journal.append('telemetry', entries(5, 6))
    await cursorIs(6)
    expect(handled).toEqual([0, 4, 1, 5])
    await end()
    expect(await again.drop(2)).toEqual({ is: 'stopped' })
  })

  it('can be asked for while the store is away', async () => {
    poison = new Set([0])
    await journal.append('telemetry', entries(0, 1))
    const { deadLetters, retry, drop } = await begin({ retry: { initialMs: 1, maxMs: 3_600_000 } })
    await cursorIs(1)
    isUnavailable = () => true
    await journal.append('telemetry', entries(1, 3))
    expect(await retry(0)).toEqual({ is: 'failed', error: 'the store is away' })
    expect(await drop(0)).toEqual({ is: 'settled' })
    expect(await deadLetters()).toEqual([])
  })

  it('makes the consumer wait at the maximum of dead letters, until an operator has resolved some', async () => {
    const kept = Array.from({ length: maxDeadLetters }, (_, n) => ({
      offset: 1_000 + n,
      entry: entries(0, 1)[0] as TelemetryEntry,
      error: 'bad',
      attempts: 7,
      at: 1,
    }))
    await consumer.commit({ cursor: 0, deadLetters: kept })
    poison = new Set([1])
    await journal.append('telemetry', entries(0, 3))
    const onError = vi.fn()
    const { deadLetters, drop } = await begin({
      onError,
      maxEntries: 1,
      retry: { initialMs: 1, maxMs: 1 },
    })
    await vi.waitFor(
      () => expect(onError.mock.lastCall?.[0]).toMatchObject({ name: 'DeadLetterStoreFullError' }),
      until,
    )
    expect(await drop(1_007)).toEqual({ is: 'settled' })
    await cursorIs(3)
    expect(await deadLetters()).toHaveLength(maxDeadLetters)
    expect(handled).toEqual([0, 2])
  })

  it('alone becomes a dead letter, whatever is unavailable meanwhile, and the rest is handled once and in order', async () => {
    const total = 60
    const runs = fc.record({
      poison: fc.uniqueArray(fc.nat({ max: total - 1 }), { maxLength: 12 }),
      outages: fc.array(fc.record({ from: fc.nat({ max: 60 }), length: fc.integer({ min: 1, max: 30 }) }), {
        maxLength: 2,
      }),
      lostCommits: fc.array(fc.nat({ max: 20 }), { maxLength: 5 }),
      restarts: fc.array(fc.nat({ max: total }), { maxLength: 3 }),
      appends: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 6 }),
      maxEntries: fc.integer({ min: 1, max: 25 }),
    })
    await close()
    await fc.assert(
      fc
        .asyncProperty(runs, async ({ outages, lostCommits, restarts, appends, maxEntries, ...drawn }) => {
          poison = new Set(drawn.poison)
          let calls = 0
          isUnavailable = () => {
            calls++
            return outages.some(({ from, length }) => calls >= from && calls < from + length)
          }
          const commit = consumer.commit.bind(consumer)
          let commits = 0
          vi.spyOn(consumer, 'commit').mockImplementation(async (given) => {
            if (lostCommits.includes(commits++)) throw new Error('the disk is full')
            await commit(given)
          })
          for (let from = 0, n = 0; from < total; n++) {
            const to = Math.min(total, from + (appends[n % appends.length] ?? 1))
            await journal.append('telemetry', entries(from, to))
            from = to
          }
          for (const at of restarts.toSorted((a, b) => a - b)) {
            await begin({ maxEntries })
            await vi.waitFor(async () => expect(await consumer.cursor()).toBeGreaterThanOrEqual(at), until)
            await end()
          }
          const { deadLetters } = await begin({ maxEntries })
          await cursorIs(total)
          expect(handled).toEqual(numbers(0, total).filter((n) => !poison.has(n)))
          expect(offsets(await deadLetters())).toEqual([...poison].sort((a, b) => a - b))
        })
        .beforeEach(open)
        .afterEach(close),
      { numRuns: 60 },
    )
    await open()
  }, 60_000)
})

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)

function numberOf(entry: TelemetryEntry): number {
  return entry.type === 'reading' ? (entry.reading.seq ?? -1) : -1
}
