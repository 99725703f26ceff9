import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { minuteMs } from '../lib/time.ts'
import { type Journal, JournalFullError } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb/lmdb-journal.ts'
import { startTicker, type Ticker } from './ticker.ts'

describe('the ticker', () => {
  let dir: string
  let journal: Journal
  let time: number
  let listening: boolean
  let believed: boolean
  const errors: unknown[] = []

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-ticker-'))
    journal = await openLmdbJournal({ dir, maxBytes: 1_000_000, keepEntries: 100 })
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    time = 1_000
    listening = true
    believed = true
  })
  afterEach(async () => {
    vi.useRealTimers()
    await journal.close()
    await rm(dir, { recursive: true })
    expect(errors).toEqual([])
  })

  const start = () =>
    startTicker({
      journal,
      now: () => time,
      isReceiving: () => listening,
      isClockBelieved: () => believed,
      onError: (error) => errors.push(error),
    })

  /** Advance the clock by some minutes, one by one. */
  async function pass(minutes: number): Promise<void> {
    for (let i = 0; i < minutes; i++) {
      const { head } = (await journal.info()).streams.telemetry
      time += minuteMs
      vi.advanceTimersByTime(minuteMs)
      await vi.waitFor(async () => expect((await journal.info()).streams.telemetry.head).toBe(head + 1))
    }
  }

  async function started(): Promise<Ticker> {
    const { head } = (await journal.info()).streams.telemetry
    const ticker = await start()
    await vi.waitFor(async () => expect((await journal.info()).streams.telemetry.head).toBe(head + 1))
    return ticker
  }

  /** Return `at since` of each tick, in minutes after the start. */
  async function ticks(): Promise<string[]> {
    const told: string[] = []
    for await (const { entries } of journal.scan('telemetry', 0)) {
      for (const entry of entries) {
        if (entry.type !== 'tick') continue
        told.push([entry.at, entry.since].map((ts) => (Number(ts) - 1_000) / minuteMs).join(' '))
      }
    }
    return told
  }

  it('writes the time into the journal at the start and once a minute, until it is stopped', async () => {
    const ticker = await started()
    await pass(2)
    await ticker.stop()
    vi.advanceTimersByTime(minuteMs)
    expect(await ticks()).toEqual(['0 0', '1 0', '2 0'])
  })

  it('says that devices could not be heard while a broker was away', async () => {
    const ticker = await started()
    await pass(1)
    listening = false
    await pass(5)
    listening = true
    await pass(2)
    await ticker.stop()
    expect(await ticks()).toEqual(['0 0', '1 0', '2 0', '3 0', '4 0', '5 5', '6 6', '7 7', '8 7'])
  })

  it('begins again after the machine slept', async () => {
    const ticker = await started()
    time += 60 * minuteMs
    await pass(2)
    await ticker.stop()
    expect(await ticks()).toEqual(['0 0', '61 61', '62 61'])
  })

  it.each([
    ['back', -1_440],
    ['forwards', 1_440],
  ])('begins again, and never in the future, when the clock is set %s', async (_, minutes) => {
    const ticker = await started()
    time += minutes * minuteMs
    await pass(2)
    await ticker.stop()
    expect(await ticks()).toEqual(['0 0', `${minutes + 1} ${minutes + 1}`, `${minutes + 2} ${minutes + 1}`])
  })

  it('lets no time pass while the clock is certainly wrong', async () => {
    const ticker = await started()
    believed = false
    time -= 10_000 * minuteMs
    vi.advanceTimersByTime(3 * minuteMs)
    believed = true
    time += 10_003 * minuteMs
    await pass(1)
    await ticker.stop()
    expect(await ticks()).toEqual(['0 0', '4 4'])
  })

  it('goes on after a restart that took a moment, and begins again after a longer one', async () => {
    for (const awayMs of [2 * minuteMs, 9 * minuteMs, 0]) {
      const ticker = await started()
      await ticker.stop()
      time += awayMs
    }
    expect(await ticks()).toEqual(['0 0', '2 0', '11 11'])
  })
})

describe('a ticker whose journal takes nothing', () => {
  it('skips a tick while it is full, and tells of any other failure', async () => {
    const failures: Error[] = [new JournalFullError('full'), new TypeError('broken')]
    const journal = {
      append: () => Promise.reject(failures.shift()),
      facts: () => Promise.resolve(new Map()),
    }
    const errors: unknown[] = []
    for (let i = 0; i < 2; i++) {
      const onError = (error: unknown) => errors.push(error)
      const ticker = await startTicker({
        journal,
        now: () => 0,
        isReceiving: () => true,
        isClockBelieved: () => true,
        onError,
      })
      await ticker.stop()
    }
    expect(errors).toEqual([new TypeError('broken')])
  })

  it('takes the time in which it was full for a break', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const told: unknown[] = []
    let [time, full] = [0, false]
    const append = vi.fn(async (_stream: string, entries: readonly unknown[]) => {
      if (full) throw new JournalFullError('full')
      told.push(...entries)
      return 0
    })
    const journal = { append, facts: () => Promise.resolve(new Map()) }
    const ticker = await startTicker({
      journal,
      now: () => time,
      isReceiving: () => true,
      isClockBelieved: () => true,
      onError: expect.unreachable,
    })
    for (let i = 1; i <= 6; i++) {
      full = i > 1 && i < 6
      time += minuteMs
      vi.advanceTimersByTime(minuteMs)
      await vi.waitFor(() => expect(append).toHaveBeenCalledTimes(i + 1))
      await Promise.resolve()
    }
    await ticker.stop()
    vi.useRealTimers()
    expect(told).toEqual([
      { type: 'tick', at: 0, since: 0 },
      { type: 'tick', at: minuteMs, since: 0 },
      { type: 'tick', at: 6 * minuteMs, since: 6 * minuteMs },
    ])
  })
})
