import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TelemetryEntry } from '../../contract/entry.ts'
import { consume } from './consume.ts'
import type { ConsumeOptions } from './consume-options.ts'
import { type Journal, type JournalConsumer, JournalFencedError } from './journal.ts'
import { openLmdbJournal } from './lmdb/lmdb-journal.ts'
import { entries } from './testing/entries.ts'

describe('consume', () => {
  let dir: string
  let journal: Journal
  let consumer: JournalConsumer<TelemetryEntry>
  let stop: AbortController
  let seen: unknown[]
  let errors: [unknown, number][]

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'forewarn-consume-'))
    journal = await openLmdbJournal({ dir, maxBytes: 10_000_000, keepEntries: 0 })
    consumer = await journal.consumer('one', 'telemetry')
    stop = new AbortController()
    seen = []
    errors = []
  })
  afterEach(async () => {
    await journal.close()
    await rm(dir, { recursive: true })
  })

  function options(changes: Partial<ConsumeOptions<TelemetryEntry>> = {}): ConsumeOptions<TelemetryEntry> {
    return {
      consumer,
      maxEntries: 10,
      retry: { initialMs: 1, maxMs: 4 },
      signal: stop.signal,
      healthCheck: () => Promise.reject(new Error('the store is down')),
      async handle(batch) {
        seen.push(...batch.entries)
        if (batch.next === 30) stop.abort()
        return { cursor: batch.next }
      },
      onError: (error, failures) => errors.push([error, failures]),
      ...changes,
    }
  }

  it('handles and commits everything, before its start and after', async () => {
    await journal.append('telemetry', entries(0, 20))
    const { done, status } = consume(options())
    await vi.waitFor(async () => expect(await consumer.cursor()).toBe(20))
    await journal.append('telemetry', entries(20, 30))
    await done
    expect(seen).toEqual(entries(0, 30))
    expect(await consumer.cursor()).toBe(30)
    expect(status).toEqual({ totalFailures: 0, consecutiveFailures: 0 })
  })

  it('begins where its handler says, whatever the journal remembers', async () => {
    await journal.append('telemetry', entries(0, 30))
    await consume(options({ startOffset: 25 })).done
    expect(seen).toEqual(entries(25, 30))
  })

  it('tries the same batch again until it succeeds, and reports each failure', async () => {
    await journal.append('telemetry', entries(0, 30))
    const { handle } = options()
    const handled: number[] = []
    const failing = new Error('the store is down')
    const { done, status } = consume(
      options({
        async handle(batch) {
          handled.push(batch.from)
          if (handled.length < 4) throw failing
          return handle(batch)
        },
      }),
    )
    await done
    expect(handled).toEqual([0, 0, 0, 0])
    expect(errors).toEqual([1, 2, 3].map((failures) => [failing, failures]))
    expect(status).toEqual({ totalFailures: 3, consecutiveFailures: 0, lastError: failing })
    expect(seen).toEqual(entries(0, 30))
  })

  it('commits again, without handling again, when the commit fails', async () => {
    await journal.append('telemetry', entries(0, 30))
    const full = new Error('the disk is full')
    vi.spyOn(consumer, 'commit').mockRejectedValueOnce(full).mockRejectedValueOnce(full)
    const { done, status } = consume(
      options({
        async handle(batch) {
          seen.push(...batch.entries)
          return { cursor: batch.next }
        },
      }),
    )
    await vi.waitFor(async () => expect(await consumer.cursor()).toBe(30))
    stop.abort()
    await done
    expect(seen).toEqual(entries(0, 30))
    expect(status.totalFailures).toBe(2)
  })

  it('stops while it waits for entries, and while it waits to try again', async () => {
    const idle = consume(options())
    stop.abort()
    await idle.done

    await journal.append('telemetry', entries(0, 30))
    const again = new AbortController()
    const failing = consume(
      options({
        signal: again.signal,
        retry: { initialMs: 3_600_000, maxMs: 3_600_000 },
        handle: () => Promise.reject(new Error('the store is down')),
        onError: () => again.abort(),
      }),
    )
    await failing.done
    expect(await consumer.cursor()).toBe(0)
  })

  it('collects entries while it pauses', async () => {
    const sizes: number[] = []
    const { done } = consume(
      options({
        maxEntries: 1000,
        lingerMs: 50,
        async handle(batch) {
          sizes.push(batch.entries.length)
          if (batch.next === 30) stop.abort()
          return { cursor: batch.next }
        },
      }),
    )
    for (let i = 0; i < 30; i++) await journal.append('telemetry', entries(i, i + 1))
    await done
    expect(sizes.length).toBeLessThan(30)
  })

  it('fails when another process has taken the journal over', async () => {
    vi.spyOn(consumer, 'read').mockRejectedValueOnce(new JournalFencedError('taken over'))
    await expect(consume(options()).done).rejects.toThrow('taken over')
  })

  it('fails when the journal is closed under it', async () => {
    const { done } = consume(options())
    const failed = expect(done).rejects.toThrow('closed')
    await journal.close()
    await failed
    journal = await openLmdbJournal({ dir, maxBytes: 10_000_000, keepEntries: 0 })
  })
})
