import { expect, test } from 'vitest'
import type { Device } from '../../../../contract/device.ts'
import { type InboxPosition, inboxFact } from '../../../../ingest/acceptance/pending-work.ts'
import { ConditionVariable } from '../../../../store/journal/condition-variable.ts'
import { JournalFencedError } from '../../../../store/journal/journal.ts'
import type { InboxMessage } from '../../../../store/journal/redis/shared/inbox.ts'
import { readInbox } from './read-inbox.ts'

const prefix = 'pm/v1'
const message = (device: string, n: number, leaf = 'telemetry'): InboxMessage => ({
  topic: `${prefix}/devices/${device}/${leaf}`,
  payload: Buffer.from(`${n}`),
  receivedAt: n,
})

/** An inbox in memory, with records as they were put. */
class TestInbox {
  readonly records: { id: string; messages: InboxMessage[] }[] = []

  add(...messages: InboxMessage[]): void {
    this.records.push({ id: `${this.records.length}`.padStart(4, '0'), messages })
  }

  async read(from: InboxPosition | undefined, max: number) {
    return this.records.filter(({ id }) => from === undefined || id >= from.id).slice(0, max)
  }

  async put(one: InboxMessage) {
    this.add(one)
  }

  async trim() {}
}

interface Run {
  inbox: TestInbox
  known?: string[]
  position?: InboxPosition
  now?: () => number
  fail?(text: string): Error | undefined
}

/** Read until nothing waits. @returns what was accepted, with the position of its commit */
async function readAll({ inbox, known = [], position, now = () => 0, fail }: Run) {
  const accepted: [string, InboxPosition][] = []
  const stopping = new AbortController()
  const errors: unknown[] = []
  let failed: Error | undefined
  const devices = new Set(known)
  const find = (id: string): Device | undefined => (devices.has(id) ? { id, kind: 'phone' } : undefined)
  await readInbox({
    shared: { inbox: inbox as never, inboxChanged: new ConditionVariable() },
    journal: { facts: async () => new Map(position === undefined ? [] : [[inboxFact, position]]) },
    acceptance: {
      registration: { find } as never,
      async acceptForwarded({ topic, payload }, received) {
        // As the acceptance does: those that were handed over together with one that failed, and come after it, fail, too.
        failed ??= fail?.(payload.toString())
        queueMicrotask(() => {
          failed = undefined
        })
        if (failed !== undefined) throw failed
        if (topic.endsWith('/state')) devices.add(topic.split('/')[3] ?? '')
        accepted.push([payload.toString(), received.position])
      },
    },
    prefix,
    now,
    signal: stopping.signal,
    onEmpty: () => stopping.abort(),
    onError: (error) => errors.push(error),
  })
  return { accepted, errors }
}

const textsOf = ({ accepted }: Awaited<ReturnType<typeof readAll>>) => accepted.map(([text]) => text)

test('messages are accepted in their order, each with the position up to which all are done', async () => {
  const inbox = new TestInbox()
  inbox.add(message('a', 1), message('a', 2))
  inbox.add(message('a', 3))
  expect((await readAll({ inbox, known: ['a'] })).accepted).toEqual([
    ['1', { id: '0000', done: 1 }],
    ['2', { id: '0000', done: 2 }],
    ['3', { id: '0001', done: 1 }],
  ])
})

test('another process goes on from the position in the journal, in the middle of a record too', async () => {
  const inbox = new TestInbox()
  inbox.add(message('a', 1), message('a', 2))
  inbox.add(message('a', 3))
  const goneOn = await readAll({ inbox, known: ['a'], position: { id: '0000', done: 1 } })
  expect(textsOf(goneOn)).toEqual(['2', '3'])
})

test('readings that overtook the announcement of their device wait for it', async () => {
  const inbox = new TestInbox()
  inbox.add(message('a', 1))
  inbox.add(message('b', 2), message('a', 3, 'state'), message('a', 4))
  expect(textsOf(await readAll({ inbox, known: ['b'] }))).toEqual(['2', '3', '4', '1'])
})

test('and no longer than five seconds: then they are accepted as they are, for the quarantine', async () => {
  const inbox = new TestInbox()
  inbox.add(message('a', 1))
  expect(textsOf(await readAll({ inbox, now: () => 5_001 }))).toEqual(['1'])
})

test('a message that cannot be accepted goes to the end before any after it is accepted', async () => {
  const inbox = new TestInbox()
  inbox.add(message('a', 1), message('a', 2))
  let failures = 0
  const fail = (text: string) => (text === '1' && failures++ === 0 ? new TypeError('a bug') : undefined)
  const run = await readAll({ inbox, known: ['a'], fail })
  expect(textsOf(run)).toEqual(['2', '1'])
  expect(run.errors).toHaveLength(1)
})

test('it ends when another process has taken the partition over', async () => {
  const inbox = new TestInbox()
  inbox.add(message('a', 1))
  const fail = () => new JournalFencedError('another has taken over')
  await expect(readAll({ inbox, known: ['a'], fail })).rejects.toThrow(JournalFencedError)
  expect(inbox.records).toHaveLength(1)
})
