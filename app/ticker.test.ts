import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import type { TelemetryEntry } from '../store/journal/entry.ts'
import { type Journal, JournalFullError } from '../store/journal/journal.ts'
import { openLmdbJournal } from '../store/journal/lmdb.ts'
import { startTicker } from './ticker.ts'

afterEach(() => vi.useRealTimers())

async function entriesOf(journal: Journal): Promise<TelemetryEntry[]> {
  const entries: TelemetryEntry[] = []
  for await (const batch of journal.scan('telemetry', 0)) entries.push(...batch.entries)
  return entries
}

it('writes the time into the journal at the start and once a minute', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-ticker-'))
  const journal = await openLmdbJournal({ dir, maxBytes: 1_000_000, keepEntries: 10 })
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const clock = { time: 1_000 }
  const errors: unknown[] = []
  const ticker = startTicker(
    journal,
    () => clock.time,
    (error) => errors.push(error),
  )
  clock.time += 60_000
  vi.advanceTimersByTime(60_000)
  await ticker.stop()
  vi.advanceTimersByTime(60_000)
  expect(await entriesOf(journal)).toEqual([
    { type: 'tick', at: 1_000 },
    { type: 'tick', at: 61_000 },
  ])
  expect(errors).toEqual([])
  await journal.close()
  await rm(dir, { recursive: true })
})

it('skips a tick while the journal is full, and tells of any other failure', async () => {
  const failures: Error[] = [new JournalFullError('full'), new TypeError('broken')]
  const journal = { append: () => Promise.reject(failures.shift()) }
  const errors: unknown[] = []
  for (let i = 0; i < 2; i++) {
    const ticker = startTicker(
      journal,
      () => 0,
      (error) => errors.push(error),
    )
    await ticker.stop()
  }
  expect(errors).toEqual([new TypeError('broken')])
})
