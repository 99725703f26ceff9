import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { eventually } from '../../../test/support/program.ts'
import { type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { proxyTargetOf, startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts'
import { encode } from '../encoding.ts'
import { type Journal, JournalFencedError, JournalWriteError } from '../journal.ts'
import { alreadyAborted, entries, entry, finding, readRetained } from '../testing/entries.ts'
import { partitionKeys } from './keys.ts'
import { openRedisJournal, type RedisJournalOptions } from './open-redis-journal.ts'
import { defineScripts } from './scripts.ts'
import { WriteBatch } from './write-batch.ts'

const executable = findExecutable('redis-server') ?? ''

describe.skipIf(executable === '')('a write that Redis may or may not have done', () => {
  let server: RedisServer
  let redis: Redis
  let proxy: TcpProxy
  let journal: Journal
  let options: RedisJournalOptions
  let partition = 0

  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
    redis = new Redis(server.url)
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    proxy = await startTcpProxy(proxyTargetOf(server.url))
    options = {
      url: proxy.url('redis'),
      partition: ++partition,
      maxBytes: 1_000_000,
      keepEntries: 0,
      lease: { durationMs: 60_000, holder: 'the test' },
      timeouts: { responseMs: 200, totalMs: 600 },
    }
    journal = await openRedisJournal(options)
  })
  afterEach(async () => {
    proxy.heal()
    await journal.close()
    await proxy.stop()
  })

  const records = () => redis.xlen(partitionKeys('forewarn', partition).telemetry)

  /** Redis does the write, and its answer is lost until the timeout. */
  async function doneUnheard(write: () => Promise<unknown>): Promise<void> {
    const { meta } = partitionKeys('forewarn', partition)
    const done = await redis.hget(meta, 'done')
    proxy.delay(150)
    const written = write().then(
      () => 'done',
      (error: unknown) => error,
    )
    await eventually(async () => (await redis.hget(meta, 'done')) !== done || undefined)
    proxy.halfOpen()
    expect(await written).toBeInstanceOf(JournalWriteError)
    proxy.heal()
  }

  it('is done once, though its first answer is lost', async () => {
    proxy.delay(150)
    const appended = journal.append('telemetry', entries(0, 3), { tally: { stored: 3 } })
    await eventually(async () => ((await records()) === 1 ? true : undefined))
    proxy.cut()
    proxy.heal()
    expect(await appended).toBe(3)
    expect((await readRetained(journal)).entries).toEqual(entries(0, 3))
    expect(await journal.tally()).toEqual({ stored: 3 })
  })

  it('is not there when it was rejected, and sent again it is there once', async () => {
    await journal.append('telemetry', entries(0, 2), { tally: { stored: 2 } })
    const facts = new Map([['device/a', 1]])
    const again = () => journal.append('telemetry', entries(2, 5), { tally: { stored: 3, new: 1 }, facts })
    await doneUnheard(again)
    expect(await records()).toBe(2)
    expect((await readRetained(journal)).entries).toEqual(entries(0, 2))
    expect(await journal.facts('')).toEqual(new Map())

    await doneUnheard(again)
    expect(await again()).toBe(5)
    expect((await readRetained(journal)).entries).toEqual(entries(0, 5))
    expect(await journal.tally()).toEqual({ stored: 5, new: 1 })
    await journal.close()
    journal = await openRedisJournal(options)
    expect((await readRetained(journal)).entries).toEqual(entries(0, 5))
    expect(await journal.tally()).toEqual({ stored: 5, new: 1 })
    expect(await journal.facts('')).toEqual(facts)
  })

  it('of a consumer is taken back as a whole', async () => {
    for (const i of [0, 1, 2]) await journal.append('telemetry', entries(i * 5, i * 5 + 5))
    const consumer = await journal.consumer('rules', 'telemetry')
    const deadLetter = (offset: number) => ({ offset, entry: entry(offset), error: 'no', attempts: 1, at: 5 })
    const before = new Map<string, unknown>([
      ['kept', 1],
      ['changed', { level: 1 }],
    ])
    await consumer.commit({
      cursor: 1,
      state: before,
      deadLetters: [deadLetter(0)],
      findings: [finding('a')],
    })

    const state = new Map<string, unknown>([
      ['changed', { level: 2 }],
      ['new', 3],
      ['kept', undefined],
    ])
    const commit = {
      cursor: 12,
      state,
      deadLetters: [deadLetter(7)],
      resolvedDeadLetters: [0],
      findings: [finding('b')],
    }
    await doneUnheard(() => consumer.commit(commit))
    expect(await consumer.cursor()).toBe(1)
    expect(await consumer.states(['kept', 'changed', 'new'])).toEqual(before)
    expect(await consumer.deadLetters()).toEqual([deadLetter(0)])
    expect((await readRetained(journal)).entries).toEqual(entries(0, 15))
    const relay = await journal.consumer('relay', 'findings')
    expect((await relay.read(0, 10, alreadyAborted)).entries).toEqual([finding('a')])

    await doneUnheard(() => consumer.commit(commit))
    await consumer.commit(commit)
    expect(await consumer.states(['kept', 'changed', 'new'])).toEqual(
      new Map<string, unknown>([
        ['changed', { level: 2 }],
        ['new', 3],
      ]),
    )
    expect((await relay.read(0, 10, alreadyAborted)).entries).toEqual([finding('a'), finding('b')])
    expect((await readRetained(journal)).from).toBe(10)
    expect((await journal.info()).bytes).toBeLessThan(1_000)
  })

  it('is not there after the journal was closed', async () => {
    await doneUnheard(() => journal.append('telemetry', entries(0, 2)))
    await journal.close()
    journal = await openRedisJournal(options)
    expect(await readRetained(journal)).toEqual({ from: 0, next: 0, entries: [] })
    expect(await journal.append('telemetry', entries(0, 1))).toBe(1)
  })

  it('that arrives late is not done', async () => {
    await journal.append('telemetry', entries(0, 2))
    await journal.append('telemetry', entries(2, 4))
    const keys = partitionKeys('forewarn', partition)
    const changes = new WriteBatch()
    changes.append('telemetry', '4-9999', encode(entries(4, 5)))
    const token = (await redis.hget(keys.meta, 'owner')) ?? ''
    defineScripts(redis)
    const write = (number: number) =>
      redis.journalWrite([...Object.values(keys), token, number, number - 1, ...changes.toScriptArgs()])
    expect(await write(2)).toEqual(['late'])
    // The opening is the first write, the appends are the next two.
    expect(await write(3)).toEqual(['done', '0', '1', '0', '1'])
    expect(await records()).toBe(2)
  })

  it('that a paused Redis still has in its ears does no harm when Redis goes on', async () => {
    await journal.append('telemetry', entries(0, 2))
    server.pause()
    await expect(journal.append('telemetry', entries(2, 5))).rejects.toThrow(JournalWriteError)
    await expect(journal.append('telemetry', entries(2, 6))).rejects.toThrow(JournalWriteError)
    server.resume()
    expect(await journal.append('telemetry', entries(2, 4))).toBe(4)
    await expect(redis.ping()).resolves.toBe('PONG')
    expect((await readRetained(journal)).entries).toEqual(entries(0, 4))
    expect(await records()).toBe(2)
  })

  it('fails with the journal when Redis forgets what it had confirmed', async () => {
    await journal.append('telemetry', entries(0, 1))
    await journal.append('telemetry', entries(1, 2))
    await redis.hset(partitionKeys('forewarn', partition).meta, 'begun', 1, 'done', 1)
    const waiting = journal.consumer('rules', 'telemetry')
    await expect(waiting).rejects.toThrow(JournalFencedError)
    await expect(journal.append('telemetry', entries(2, 3))).rejects.toThrow('forgotten')
  })

  it('fails with the journal when its keys were removed', async () => {
    await redis.del(partitionKeys('forewarn', partition).meta)
    const append = journal.append('telemetry', entries(0, 1))
    await expect(append).rejects.toThrow('the test has lost the journal')
  })
})
