import { afterEach, expect, it } from 'vitest'
import type { QuarantineEntry } from '../../contract/entry.ts'
import { maxReadBytes } from './encoding.ts'
import { JournalFullError } from './journal.ts'
import { alreadyAborted, entries, finding, neverAborted, readRetained } from './testing/entries.ts'
import { fillJournal, type JournalFixture, type JournalLimits } from './testing/journal-fixture.ts'

/** Register the tests of what a journal adapter trims, of a full journal, and of the size of a batch. */
export function describeLimits(open: (limits: JournalLimits) => Promise<JournalFixture>): void {
  let rig: JournalFixture
  afterEach(() => rig.destroy())

  it('trims behind the slowest consumer', async () => {
    rig = await open({ maxBytes: 10_000_000, keepEntries: 0 })
    const { journal } = rig
    const slow = await journal.consumer('slow', 'telemetry')
    const fast = await journal.consumer('fast', 'telemetry')
    for (let i = 0; i < 10; i++) await journal.append('telemetry', entries(i * 10, i * 10 + 10))
    await fast.commit({ cursor: 100 })
    expect((await journal.info()).streams.telemetry).toEqual({ tail: 0, head: 100 })
    await slow.commit({ cursor: 45 })
    const { from, next, entries: left } = await readRetained(journal)
    expect(from).toBeGreaterThan(0)
    expect(from).toBeLessThanOrEqual(45)
    expect(left).toEqual(entries(from, next))
    expect((await slow.read(0, 1000, alreadyAborted)).from).toBe(from)
    const reopened = await rig.reopen()
    expect((await reopened.info()).streams.telemetry).toEqual({ tail: from, head: 100 })
  })

  it('keeps the last entries behind the consumers', async () => {
    rig = await open({ maxBytes: 10_000_000, keepEntries: 30 })
    const { journal } = rig
    const consumer = await journal.consumer('one', 'telemetry')
    for (let i = 0; i < 10; i++) await journal.append('telemetry', entries(i * 10, i * 10 + 10))
    await consumer.commit({ cursor: 100 })
    const { from, entries: left } = await readRetained(journal)
    expect(from).toBeGreaterThan(0)
    expect(from).toBeLessThanOrEqual(70)
    expect(left).toEqual(entries(from, 100))
  })

  it('goes on counting when everything was consumed', async () => {
    rig = await open({ maxBytes: 10_000_000, keepEntries: 0 })
    await (await rig.journal.consumer('one', 'telemetry')).commit({ cursor: 0 })
    await rig.journal.append('telemetry', entries(0, 10))
    await (await rig.journal.consumer('one', 'telemetry')).commit({ cursor: 10 })
    const reopened = await rig.reopen()
    expect(await reopened.append('telemetry', entries(10, 11))).toBe(11)
  })

  it('refuses appends when full, lets consumers commit, and says when there is room again', async () => {
    rig = await open({ maxBytes: 100_000, keepEntries: 0 })
    const { journal } = rig
    const consumer = await journal.consumer('rules', 'telemetry')
    const head = await fillJournal(journal)
    expect(head).toBeGreaterThan(100)
    await expect(journal.append('telemetry', entries(head, head + 1))).rejects.toThrow(JournalFullError)
    expect((await journal.info()).full).toBe(true)
    expect((await readRetained(journal)).entries).toEqual(entries(0, head))

    let resolved = false
    const room = journal.waitForSpace(neverAborted()).then(() => {
      resolved = true
    })
    await consumer.commit({ cursor: 1, findings: [finding('a')] })
    expect(resolved).toBe(false)
    await consumer.commit({ cursor: head })
    await room
    expect(await journal.append('telemetry', entries(head, head + 100))).toBe(head + 100)
    expect((await journal.info()).bytes).toBeLessThan(100_000)
  })

  it('bounds a batch by its bytes, whatever the number of its entries', async () => {
    rig = await open({ maxBytes: 100_000_000, keepEntries: 0 })
    const { journal } = rig
    const consumer = await journal.consumer('one', 'telemetry')
    const payload = 'x'.repeat(maxReadBytes / 4 + 1)
    for (let at = 0; at < 10; at++) await journal.append('telemetry', [rejected(`q-${at}`, payload)])
    const sizes: number[] = []
    for (let next = 0; next < 10; ) {
      const batch = await consumer.read(next, 1_000, neverAborted())
      sizes.push(batch.entries.length)
      next = batch.next
    }
    expect(sizes).toEqual([4, 4, 2])
  })

  it('gives up what it keeps behind the consumers rather than be full', async () => {
    rig = await open({ maxBytes: 100_000, keepEntries: 1_000_000 })
    const { journal } = rig
    const consumer = await journal.consumer('rules', 'telemetry')
    for (let i = 0; i < 100; i++) {
      const head = await journal.append('telemetry', entries(i * 100, i * 100 + 100))
      await consumer.commit({ cursor: head })
    }
    expect((await journal.info()).bytes).toBeLessThanOrEqual(100_000)
  })

  it('stops waiting for room when the signal aborts', async () => {
    rig = await open({ maxBytes: 100_000, keepEntries: 0 })
    await rig.journal.consumer('rules', 'telemetry')
    await fillJournal(rig.journal)
    const stop = new AbortController()
    const room = rig.journal.waitForSpace(stop.signal)
    stop.abort()
    await room
  })
}

function rejected(id: string, payload: string): QuarantineEntry {
  return {
    type: 'quarantined',
    receivedAt: 1,
    id,
    topic: 't',
    reason: 'not_json',
    detail: 'no JSON',
    payload,
  }
}
