import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { JournalClosedError, JournalConsumerError } from './journal.ts'
import { describeLimits } from './journal-limits.conformance.ts'
import { alreadyAborted, entries, entry, finding, neverAborted, readRetained } from './testing/entries.ts'
import type { JournalFixture, JournalLimits } from './testing/journal-fixture.ts'

/** Register the tests that every journal adapter has to pass. */
export function describeJournal(
  name: string,
  open: (limits: JournalLimits) => Promise<JournalFixture>,
): void {
  describe(`${name} journal`, () => {
    let rig: JournalFixture
    beforeEach(async () => {
      rig = await open({ maxBytes: 10_000_000, keepEntries: 0 })
    })
    afterEach(() => rig.destroy())

    describe('appending and reading', () => describeReading(() => rig))
    describe('consumers', () => describeConsumers(() => rig))
    describe('facts and totals', () => describeFacts(() => rig))
  })
  describe(`${name} journal with limits`, () => describeLimits(open))
}

function describeReading(rig: () => JournalFixture): void {
  it('gives consecutive offsets and returns what was appended, in order, after a reopen too', async () => {
    const { journal } = rig()
    expect(await journal.append('telemetry', entries(0, 3))).toBe(3)
    expect(await journal.append('telemetry', entries(3, 4))).toBe(4)
    expect(await readRetained(journal)).toEqual({ from: 0, next: 4, entries: entries(0, 4) })
    const reopened = await rig().reopen()
    expect(await readRetained(reopened)).toEqual({ from: 0, next: 4, entries: entries(0, 4) })
    expect(await reopened.append('telemetry', entries(4, 6))).toBe(6)
  })

  it('keeps every kind of entry as it was', async () => {
    const { journal } = rig()
    const all = [
      entry(1),
      { type: 'event', receivedAt: 2, device: 'd', ts: 1, event: 'part_replaced', component: 'battery' },
      { type: 'device', receivedAt: 2, device: { id: 'd', kind: 'phone', owner: 'u-1' } },
      { type: 'presence', receivedAt: 2, device: 'd', state: 'lost' },
      { type: 'receipt', receivedAt: 2, user: 'u-1', notice: 'n-1', status: 'read' },
      { type: 'tick', at: 3 },
    ] as const
    await journal.append('telemetry', all)
    expect((await readRetained(journal)).entries).toEqual(all)
  })

  it('reads from the middle of an append', async () => {
    const { journal } = rig()
    await journal.append('telemetry', entries(0, 10))
    await journal.append('telemetry', entries(10, 20))
    const consumer = await journal.consumer('rules', 'telemetry')
    expect(await consumer.read(7, 100, alreadyAborted)).toEqual({
      from: 7,
      next: 20,
      entries: entries(7, 20),
    })
    expect(await consumer.read(7, 1, alreadyAborted)).toEqual({ from: 7, next: 10, entries: entries(7, 10) })
    expect(await consumer.read(20, 100, alreadyAborted)).toEqual({ from: 20, next: 20, entries: [] })
  })

  it('keeps the order of appends made at once, each undivided', async () => {
    const { journal } = rig()
    const heads = await Promise.all(
      Array.from({ length: 200 }, (_, i) => journal.append('telemetry', entries(i * 3, i * 3 + 3))),
    )
    expect(heads).toEqual(Array.from({ length: 200 }, (_, i) => i * 3 + 3))
    expect((await readRetained(journal)).entries).toEqual(entries(0, 600))
  })

  it('reads on over many small appends and a large one', async () => {
    const { journal } = rig()
    await Promise.all(entries(0, 700).map((one) => journal.append('telemetry', [one])))
    await journal.append('telemetry', entries(700, 6_000))
    await Promise.all(entries(6_000, 6_100).map((one) => journal.append('telemetry', [one])))
    const consumer = await journal.consumer('rules', 'telemetry')
    expect(await consumer.read(1, 500, alreadyAborted)).toEqual({
      from: 1,
      next: 501,
      entries: entries(1, 501),
    })
    expect((await consumer.read(501, 200, alreadyAborted)).next).toBe(6_000)
    expect((await consumer.read(5_999, 50, alreadyAborted)).next).toBe(6_049)
    expect((await readRetained(journal)).entries).toEqual(entries(0, 6_100))
  })

  it('wakes a waiting reader with an append', async () => {
    const { journal } = rig()
    const consumer = await journal.consumer('rules', 'telemetry')
    const reading = consumer.read(0, 100, neverAborted())
    await journal.append('telemetry', entries(0, 2))
    expect(await reading).toEqual({ from: 0, next: 2, entries: entries(0, 2) })
  })

  it('gives a waiting reader an empty batch when its signal aborts', async () => {
    const consumer = await rig().journal.consumer('rules', 'telemetry')
    const stop = new AbortController()
    const reading = consumer.read(0, 100, stop.signal)
    stop.abort()
    expect(await reading).toEqual({ from: 0, next: 0, entries: [] })
  })

  it('appends nothing for an empty list', async () => {
    const { journal } = rig()
    await journal.append('telemetry', entries(0, 2))
    expect(await journal.append('telemetry', [])).toBe(2)
    expect((await readRetained(journal)).entries).toHaveLength(2)
  })

  it('refuses work after it was closed', async () => {
    const { journal } = rig()
    const consumer = await journal.consumer('rules', 'telemetry')
    const waiting = expect(consumer.read(0, 1, neverAborted())).rejects.toThrow(JournalClosedError)
    await rig().reopen()
    await waiting
    await expect(journal.append('telemetry', entries(0, 1))).rejects.toThrow(JournalClosedError)
  })
}

function describeConsumers(rig: () => JournalFixture): void {
  it('commits cursor, state and findings together, and finds them again', async () => {
    const { journal } = rig()
    await journal.append('telemetry', entries(0, 10))
    const consumer = await journal.consumer('rules', 'telemetry')
    const state = new Map<string, unknown>([
      ['device-1', { level: 1, points: [[1, 2]] }],
      ['device-2', { level: 2 }],
    ])
    await consumer.commit({ cursor: 6, state, findings: [finding('a'), finding('b')] })
    await consumer.commit({ cursor: 8, state: new Map([['device-2', undefined]]) })

    const reopened = await rig().reopen()
    const again = await reopened.consumer('rules', 'telemetry')
    expect(await again.cursor()).toBe(8)
    expect(await again.states(['device-1', 'device-2', 'device-3'])).toEqual(
      new Map([['device-1', { level: 1, points: [[1, 2]] }]]),
    )
    const relay = await reopened.consumer('relay', 'findings')
    expect(await relay.read(0, 10, alreadyAborted)).toEqual({
      from: 0,
      next: 2,
      entries: [finding('a'), finding('b')],
    })
  })

  it('keeps nothing of a commit that it refuses', async () => {
    const { journal } = rig()
    await journal.append('telemetry', entries(0, 2))
    const consumer = await journal.consumer('rules', 'telemetry')
    const commit = { cursor: 3, state: new Map([['device-1', 1]]), findings: [finding('a')] }
    await expect(consumer.commit(commit)).rejects.toThrow(JournalConsumerError)
    expect(await consumer.cursor()).toBe(0)
    expect(await consumer.states(['device-1'])).toEqual(new Map())
    expect((await journal.info()).streams.findings.head).toBe(0)
  })

  it('keeps what is set aside until it is settled, though its entry is trimmed', async () => {
    const { journal } = rig()
    await journal.append('telemetry', entries(0, 5))
    await journal.append('telemetry', entries(5, 12))
    const consumer = await journal.consumer('rules', 'telemetry')
    const other = await journal.consumer('others', 'telemetry')
    const asideOf = (offset: number, attempts: number) => ({
      offset,
      entry: entry(offset),
      error: 'level is not to be believed',
      attempts,
      at: 1_760_000_000_000,
    })
    await consumer.commit({ cursor: 5, deadLetters: [asideOf(3, 4), asideOf(1, 4)] })
    await consumer.commit({ cursor: 11, deadLetters: [asideOf(10, 4)] })
    await other.commit({ cursor: 11 })
    expect((await readRetained(journal)).from).toBe(5)

    const reopened = await rig().reopen()
    const again = await reopened.consumer('rules', 'telemetry')
    expect(await again.deadLetters()).toEqual([asideOf(1, 4), asideOf(3, 4), asideOf(10, 4)])
    await again.commit({ cursor: 11, deadLetters: [asideOf(1, 8)], resolvedDeadLetters: [3] })
    expect(await again.deadLetters()).toEqual([asideOf(1, 8), asideOf(10, 4)])
    expect(await (await reopened.consumer('others', 'telemetry')).deadLetters()).toEqual([])
    const { consumers } = await reopened.info()
    expect(consumers.map(({ name, deadLetterCount }) => [name, deadLetterCount]).sort()).toEqual([
      ['others', 0],
      ['rules', 2],
    ])
  })

  it('takes thousands of states in one commit', async () => {
    const { journal } = rig()
    const consumer = await journal.consumer('rules', 'telemetry')
    const keys = Array.from({ length: 5_000 }, (_, i) => `device-${i}`)
    const state = new Map(keys.map((key, i) => [key, { level: i }]))
    await consumer.commit({ cursor: 0, state })
    expect(await consumer.states(keys)).toEqual(state)
    await consumer.commit({ cursor: 0, state: new Map(keys.slice(1).map((key) => [key, undefined])) })
    expect(await consumer.states(keys)).toEqual(new Map([['device-0', { level: 0 }]]))
  })

  it('keeps the states of consumers apart', async () => {
    const { journal } = rig()
    const one = await journal.consumer('one', 'telemetry')
    const two = await journal.consumer('two', 'telemetry')
    await one.commit({ cursor: 0, state: new Map([['k', 1]]) })
    expect(await two.states(['k'])).toEqual(new Map())
  })

  it('has a consumer on one stream only', async () => {
    const { journal } = rig()
    await journal.consumer('rules', 'telemetry')
    await expect(journal.consumer('rules', 'findings')).rejects.toThrow(JournalConsumerError)
  })

  it('tells where each consumer stands', async () => {
    const { journal } = rig()
    await journal.append('telemetry', entries(0, 10))
    await (await journal.consumer('rules', 'telemetry')).commit({ cursor: 4 })
    const { consumers, streams, full } = await journal.info()
    expect(consumers).toEqual([{ name: 'rules', stream: 'telemetry', cursor: 4, lag: 6, deadLetterCount: 0 }])
    expect(streams.telemetry.head).toBe(10)
    expect(full).toBe(false)
  })
}

function describeFacts(rig: () => JournalFixture): void {
  it('keeps facts, and finds them by prefix', async () => {
    const { journal } = rig()
    const facts = new Map<string, unknown>([
      ['device/a', { kind: 'phone' }],
      ['device/b', { kind: 'robot_vacuum' }],
      ['device/ü😀', { kind: 'phone' }],
      ['devices', 1],
      ['a', 2],
    ])
    await journal.append('telemetry', entries(0, 1), { facts })
    await journal.append('telemetry', [], { facts: new Map([['device/a', { kind: 'washing_machine' }]]) })
    const reopened = await rig().reopen()
    expect(await reopened.facts('device/')).toEqual(
      new Map([
        ['device/a', { kind: 'washing_machine' }],
        ['device/b', { kind: 'robot_vacuum' }],
        ['device/ü😀', { kind: 'phone' }],
      ]),
    )
    expect((await reopened.facts('')).size).toBe(5)
  })

  it('adds up totals of appends made at once', async () => {
    const { journal } = rig()
    await Promise.all([
      journal.append('telemetry', entries(0, 2), { tally: { received: 2, stored: 2 } }),
      journal.append('telemetry', [], { tally: { received: 1, duplicate: 1 } }),
    ])
    const reopened = await rig().reopen()
    expect(await reopened.tally()).toEqual({ received: 3, stored: 2, duplicate: 1 })
  })
}
