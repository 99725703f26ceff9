import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JournalGap } from '../journal/history/locate-position.ts'
import type { Journal } from '../journal/journal.ts'
import { openLmdbJournal } from '../journal/lmdb/lmdb-journal.ts'
import { entries, entry } from '../journal/testing/entries.ts'
import { openDuckDbSeries } from './duckdb/duckdb-series.ts'
import type { SeriesStore } from './series.ts'
import { runSeriesConsumer } from './series-consumer.ts'

describe('the series consumer', () => {
  let dir: string
  let journal: Journal
  let series: SeriesStore
  let stop: AbortController
  let errors: unknown[]
  let gaps: JournalGap[]

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-series-consumer-'))
    journal = await openLmdbJournal({ dir: join(dir, 'journal'), maxBytes: 10_000_000, keepEntries: 0 })
    series = await openDuckDbSeries({ path: join(dir, 'series.duckdb') })
    stop = new AbortController()
    errors = []
    gaps = []
  })
  afterEach(async () => {
    await journal.close()
    await series.close()
    await rm(dir, { recursive: true })
  })

  function start() {
    return runSeriesConsumer({
      journal,
      series,
      signal: stop.signal,
      onError: (error) => errors.push(error),
      onGap: (gap) => gaps.push(gap),
    })
  }

  const cursorIs = (cursor: number) =>
    vi.waitFor(
      async () => {
        expect(await series.cursor()).toBe(cursor)
        expect((await journal.info()).consumers[0]?.cursor).toBe(cursor)
      },
      { timeout: 10_000 },
    )

  it('writes the readings, passes over the rest, and lets the journal trim', async () => {
    await journal.append('telemetry', entries(0, 1_000))
    const { done } = await start()
    await cursorIs(1_000)
    await journal.append('telemetry', [entry(1_000), { type: 'tick', at: 1 }, entry(1_001)])
    await cursorIs(1_003)
    stop.abort()
    await done
    expect(await series.count()).toBe(1_002)
    expect((await journal.info()).streams.telemetry.tail).toBeGreaterThan(0)
    expect(errors).toEqual([])
  })

  it('says so when the series are older than what the journal still has', async () => {
    const other = await journal.consumer('series', 'telemetry')
    for (const from of [0, 10, 20]) await journal.append('telemetry', entries(from, from + 10))
    await other.commit({ cursor: 20 })
    const { tail } = (await journal.info()).streams.telemetry
    const { done } = await start()
    await cursorIs(30)
    stop.abort()
    await done
    expect(tail).toBeGreaterThan(0)
    expect(gaps).toEqual([{ kind: 'trimmed', stream: 'telemetry', from: 0, to: tail - 1 }])
    expect(errors).toEqual([])
  })

  it('goes on from the cursor of the store, not from the one of the journal', async () => {
    await journal.append('telemetry', entries(0, 10))
    const consumer = await journal.consumer('series', 'telemetry')
    await series.write(
      entries(0, 4).map((one) => one.reading),
      4,
    )
    await consumer.commit({ cursor: 10 })
    const { done } = await start()
    await cursorIs(10)
    stop.abort()
    await done
    expect(await series.count()).toBe(10)
  })

  it('reads a new journal from its beginning', async () => {
    await series.write([], 5_000)
    await journal.append('telemetry', entries(0, 10))
    const { done } = await start()
    await cursorIs(10)
    stop.abort()
    await done
    expect(await series.count()).toBe(10)
  })

  it('loses nothing while the store fails', async () => {
    await journal.append('telemetry', entries(0, 10))
    const down = new Error('the store is down')
    const write = vi.spyOn(series, 'write')
    // After each failure the store is probed with an empty write.
    for (let call = 0; call < 4; call++) write.mockRejectedValueOnce(down)
    const { done, status } = await start()
    await cursorIs(10)
    stop.abort()
    await done
    expect(await series.count()).toBe(10)
    expect(errors).toEqual([down, down])
    expect(status.totalFailures).toBe(2)
  })

  it('dead-letters what the store rejects, and writes the rest', async () => {
    await journal.append('telemetry', entries(0, 10))
    const { write } = series
    vi.spyOn(series, 'write').mockImplementation(async (readings, ...more) => {
      if (readings.some(({ seq }) => seq === 4)) throw new Error('level is not a number')
      await write.call(series, readings, ...more)
    })
    const { done, deadLetters } = await start()
    await cursorIs(10)
    stop.abort()
    await done
    expect(await series.count()).toBe(9)
    expect(await deadLetters()).toMatchObject([
      { offset: 4, entry: entry(4), error: 'level is not a number' },
    ])
  })
})
