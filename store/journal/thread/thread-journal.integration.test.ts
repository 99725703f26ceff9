import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { describeJournal } from '../journal.conformance.ts'
import type { Journal } from '../journal.ts'
import { openLmdbJournal } from '../lmdb/lmdb-journal.ts'
import { entries, neverAborted } from '../testing/entries.ts'
import type { JournalFixture, JournalLimits } from '../testing/journal-fixture.ts'
import { serveJournal } from './serve-journal.ts'
import { connectJournal } from './thread-journal.ts'

/** A journal in LMDB, used through a message port. */
async function openServed(limits: JournalLimits): Promise<JournalFixture & { owned(): Journal }> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-thread-journal-'))
  const open = async () => {
    const owned = await openLmdbJournal({ dir, ...limits })
    const { port1, port2 } = new MessageChannel()
    serveJournal(owned, port1)
    return { owned, journal: await connectJournal(port2), port: port1 }
  }
  let opened = await open()
  const close = async () => {
    await opened.owned.close()
    opened.port.close()
  }
  return {
    journal: opened.journal,
    owned: () => opened.owned,
    async reopen() {
      await close()
      opened = await open()
      return opened.journal
    },
    async destroy() {
      await close()
      await rm(dir, { recursive: true })
    },
  }
}

describeJournal('thread', openServed)

it('reads ahead while a full batch is handled, and leaves what it has asked for when told to read elsewhere', async () => {
  const fixture = await openServed({ maxBytes: 10_000_000, keepEntries: 0 })
  onTestFinished(fixture.destroy)
  const consumer = await fixture.journal.consumer('rules', 'telemetry')
  for (let from = 0; from < 40; from += 10)
    await fixture.owned().append('telemetry', entries(from, from + 10))
  expect((await consumer.read(0, 10, neverAborted())).entries).toEqual(entries(0, 10))
  expect((await consumer.read(10, 10, neverAborted())).entries).toEqual(entries(10, 20))
  expect((await consumer.read(5, 10, neverAborted())).entries).toEqual(entries(5, 20))
  expect((await consumer.read(20, 100, neverAborted())).entries).toEqual(entries(20, 40))
})

it('keeps a read that was given up, and returns its entries to the next one', async () => {
  const fixture = await openServed({ maxBytes: 10_000_000, keepEntries: 0 })
  onTestFinished(fixture.destroy)
  const consumer = await fixture.journal.consumer('rules', 'telemetry')
  const giveUp = new AbortController()
  const first = consumer.read(0, 10, giveUp.signal)
  giveUp.abort()
  expect((await first).entries).toEqual([])
  const second = consumer.read(0, 10, neverAborted())
  await fixture.owned().append('telemetry', entries(0, 3))
  expect((await second).entries).toEqual(entries(0, 3))
})
