import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from '../../../../test/support/executables.ts'
import { eventually } from '../../../../test/support/program.ts'
import { type RedisServer, startRedis } from '../../../../test/support/redis.ts'
import { proxyTargetOf, startTcpProxy } from '../../../../test/support/tcp-proxy.ts'
import { describeJournal } from '../../journal.conformance.ts'
import { type Journal, JournalFencedError, type JournalInfo, type StreamName } from '../../journal.ts'
import { entries, finding, neverAborted, readRetained } from '../../testing/entries.ts'
import type { JournalFixture, JournalLimits } from '../../testing/journal-fixture.ts'
import { openRedisJournal } from '../open-redis-journal.ts'
import type { CommandTimeouts } from '../redis-connection.ts'
import { openSharedJournal, type SharedJournal } from './open-shared-journal.ts'
import type { SharedPartition } from './shared-partition.ts'
import { type JournalWriter, journalWriters } from './writers.ts'

const executable = findExecutable('redis-server') ?? ''
const { ingest, rules, desk } = journalWriters
const trimmedWithinMs = 100

describe.skipIf(executable === '')('a journal that several processes share', () => {
  let server: RedisServer
  let redis: Redis
  let prefixes = 0
  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
    redis = new Redis(server.url)
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })

  function openAs(
    holder: string,
    {
      prefix,
      durationMs = 10_000,
      url = server.url,
      ...limits
    }: Partial<JournalLimits> & {
      prefix: string
      durationMs?: number
      url?: string
      timeouts?: CommandTimeouts
    },
  ): Promise<SharedJournal> {
    return openSharedJournal({
      url,
      prefix,
      partitions: 1,
      maxBytes: 10_000_000,
      keepEntries: 0,
      ...limits,
      lease: { durationMs, holder },
      roles: ['ingest'],
      writers: [],
    })
  }

  /** The ingestion in one process, each consumer in another one. */
  class Processes {
    readonly #claims = new Map<string, Promise<Journal>>()
    readonly #first: SharedJournal
    readonly #second: SharedJournal

    private constructor(first: SharedJournal, second: SharedJournal) {
      this.#first = first
      this.#second = second
    }

    static async start(prefix: string, limits: JournalLimits): Promise<Processes> {
      const [first, second] = [
        await openAs('first', { prefix, ...limits }),
        await openAs('second', { prefix, ...limits }),
      ]
      return new Processes(first, second)
    }

    claim(writer: JournalWriter): Promise<Journal> {
      const known = this.#claims.get(writer.name)
      if (known !== undefined) return known
      const claimed = partitionOf(writer === ingest ? this.#first : this.#second).claim(writer)
      this.#claims.set(writer.name, claimed)
      return claimed
    }

    /** Have the process of the consumers see what was appended. */
    lookFromConsumers(): Promise<JournalInfo> {
      return partitionOf(this.#second).journal.info()
    }

    async close(): Promise<void> {
      for (const journal of this.#claims.values()) await (await journal).close()
      this.#first.close()
      this.#second.close()
    }
  }

  const partitionOf = ({ partitions }: SharedJournal): SharedPartition => {
    const [partition] = partitions
    if (partition === undefined) throw new Error('there is no partition')
    return partition
  }

  /** What one process has written another one sees a moment later, for which the suite does not wait: this does. */
  async function asOneJournal(prefix: string, limits: JournalLimits): Promise<Journal> {
    const processes = await Processes.start(prefix, limits)
    const first = await processes.claim(ingest)
    const reader = await openAs('reader', { prefix, ...limits })
    const { journal: watched } = partitionOf(reader)
    const settled = async (isSettled: (info: JournalInfo) => boolean) => {
      let info = await watched.info()
      while (!isSettled(info)) info = await watched.info()
      const slowest = Math.min(
        ...info.consumers.map(({ cursor, stream }) =>
          stream === 'telemetry' ? cursor : Number.POSITIVE_INFINITY,
        ),
      )
      if (slowest - limits.keepEntries > info.streams.telemetry.tail)
        await new Promise((resolve) => setTimeout(resolve, trimmedWithinMs))
    }
    return {
      ...first,
      info: async () => ({ ...(await watched.info()), full: (await first.info()).full }),
      async append(stream, some, options) {
        const head = await first.append(stream, some, options)
        await settled(({ streams }) => streams.telemetry.head >= head)
        return head
      },
      consumer: async (name, stream) => {
        const streams: StreamName[] = name === 'rules' ? ['findings'] : []
        const consumer = await (
          await processes.claim({ name, streams, consumers: { [name]: stream } })
        ).consumer(name, stream)
        return {
          name,
          cursor: () => consumer.cursor(),
          async read(...range) {
            await processes.lookFromConsumers()
            return consumer.read(...range)
          },
          states: (keys) => consumer.states(keys),
          encoded: consumer.encoded,
          deadLetters: () => consumer.deadLetters(),
          async commit(commit) {
            const { streams: before } = await processes.lookFromConsumers()
            await consumer.commit(commit)
            const findings = before.findings.head + (commit.findings?.length ?? 0)
            await settled(
              ({ consumers, streams: now }) =>
                now.findings.head >= findings &&
                consumers.some((one) => one.name === name && one.cursor === commit.cursor),
            )
          },
        }
      },
      async close() {
        await processes.close()
        reader.close()
      },
    }
  }

  async function openRig(limits: JournalLimits): Promise<JournalFixture> {
    const prefix = `p${prefixes++}`
    let journal = await asOneJournal(prefix, limits)
    return {
      journal,
      async reopen() {
        await journal.close()
        journal = await asOneJournal(prefix, limits)
        return journal
      },
      destroy: () => journal.close(),
    }
  }

  describeJournal('shared Redis', openRig)

  describe('several processes', () => {
    async function openTwo(durationMs: number) {
      const prefix = `p${prefixes++}`
      const [one, other] = [
        await openAs('one', { prefix, durationMs }),
        await openAs('other', { prefix, durationMs }),
      ]
      onTestFinished(() => {
        one.close()
        other.close()
      })
      return { prefix, one: partitionOf(one), other: partitionOf(other) }
    }

    it('hold the writers of a partition independently, and each writer is of one process at a time', async () => {
      const { one, other } = await openTwo(1_000)
      const ingesting = await one.claim(ingest)
      const evaluating = await other.claim(rules)
      await ingesting.append('telemetry', entries(0, 3))
      const consumer = await evaluating.consumer('rules', 'telemetry')
      expect((await consumer.read(0, 10, neverAborted())).entries).toEqual(entries(0, 3))
      await consumer.commit({ cursor: 3, findings: [finding('a')] })
      const projecting = await one.claim(desk)
      const relay = await projecting.consumer('relay', 'findings')
      expect((await relay.read(0, 10, neverAborted())).entries).toEqual([finding('a')])

      let isMoved = false
      const moving = one.claim(rules).then((journal) => {
        isMoved = true
        return journal
      })
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      expect(isMoved).toBe(false)
      await evaluating.close()
      const moved = await (await moving).consumer('rules', 'telemetry')
      expect(await moved.cursor()).toBe(3)
      await expect(consumer.commit({ cursor: 3 })).rejects.toThrow()
    })

    it('are fenced one writer at a time: the lease that was lost ends that writer alone', async () => {
      const { prefix, one, other } = await openTwo(1_000)
      const lost: unknown[] = []
      const ingesting = await one.claim(ingest)
      const evaluating = await one.claim(rules, { onLost: (error) => lost.push(error) })
      const consumer = await evaluating.consumer('rules', 'telemetry')
      await redis.del(`{${prefix}:0}:lease:rules`)
      const next = await other.claim(rules)
      await expect(consumer.commit({ cursor: 0, findings: [finding('late')] })).rejects.toThrow(
        JournalFencedError,
      )
      await expect(consumer.read(0, 1, neverAborted())).rejects.toThrow(JournalFencedError)
      expect(lost).toHaveLength(1)
      expect(await ingesting.append('telemetry', entries(0, 2))).toBe(2)
      const again = await next.consumer('rules', 'telemetry')
      expect((await again.read(0, 10, neverAborted())).entries).toEqual(entries(0, 2))
      expect((await other.journal.info()).streams.findings.head).toBe(0)
    })

    it('are fenced when they were cut off for longer than the lease: nothing of what is under way is kept', async () => {
      const proxy = await startTcpProxy(proxyTargetOf(server.url))
      onTestFinished(() => proxy.stop())
      const prefix = `p${prefixes++}`
      const timeouts = { responseMs: 200, totalMs: 600 }
      const cut = await openAs('cut off', { prefix, durationMs: 1_000, url: proxy.url('redis'), timeouts })
      const other = await openAs('other', { prefix, durationMs: 1_000 })
      onTestFinished(() => {
        cut.close()
        other.close()
      })
      const ingesting = await partitionOf(cut).claim(ingest)
      await ingesting.append('telemetry', entries(0, 3), { tally: { stored: 3 } })
      proxy.halfOpen()
      const rejected = expect(
        ingesting.append('telemetry', entries(3, 5), { tally: { stored: 2 } }),
      ).rejects.toThrow()
      const next = await partitionOf(other).claim(ingest)
      expect(await next.append('telemetry', entries(3, 4), { tally: { stored: 1 } })).toBe(4)
      await rejected
      proxy.heal()
      await expect(ingesting.append('telemetry', entries(9, 10))).rejects.toThrow(JournalFencedError)
      expect((await readRetained(next)).entries).toEqual(entries(0, 4))
      expect(await next.tally()).toEqual({ stored: 4 })
    })

    it('and one that owns all of a partition wait for each other', async () => {
      const { prefix, one } = await openTwo(1_000)
      const evaluating = await one.claim(ingest).then(async (ingesting) => {
        const claimed = await one.claim(rules)
        await ingesting.append('telemetry', entries(0, 2))
        await ingesting.close()
        return claimed
      })
      const holders: unknown[] = []
      const options = {
        url: server.url,
        prefix,
        partition: 0,
        maxBytes: 10_000_000,
        keepEntries: 0,
        lease: { durationMs: 1_000, holder: 'all of it' },
        onWaiting: (reason: object) => holders.push(reason),
      }
      const opening = openRedisJournal(options)
      await eventually(async () => holders[0])
      expect(holders).toMatchObject([{ holder: 'one 2' }])
      await evaluating.close()
      const whole = await opening
      expect((await readRetained(whole)).entries).toEqual(entries(0, 2))
      const stop = new AbortController()
      const waits: unknown[] = []
      const refused = one.claim(rules, {
        signal: stop.signal,
        onWaiting: (reason) => {
          waits.push(reason)
          stop.abort(new Error('enough'))
        },
      })
      await expect(refused).rejects.toThrow()
      expect(waits).toMatchObject([{ holder: 'all of it' }])
      await whole.close()
    })

    it('hand messages to the one that ingests, once each and in order', async () => {
      const { one, other } = await openTwo(1_000)
      const message = (n: number) => ({ topic: `t/${n}`, payload: Buffer.from([n]), receivedAt: n })
      await Promise.all([1, 2, 3].map((n) => one.inbox.put(message(n))))
      await one.inbox.put(message(4))
      const records = await other.inbox.read(undefined, 10)
      expect(records.flatMap(({ messages }) => messages.map(({ topic }) => topic))).toEqual([
        't/1',
        't/2',
        't/3',
        't/4',
      ])
      const last = records.at(-1)?.id ?? ''
      await other.inbox.trim({ id: last, done: 1 })
      expect((await one.inbox.read(undefined, 10)).map(({ id }) => id)).toEqual([last])
    })

    it('ask each other, and have an error as an error', async () => {
      const { one, other } = await openTwo(1_000)
      const stop = new AbortController()
      const serving = other.calls.serve(
        'ingest',
        async (request) => {
          if (request === 'fail') throw new RangeError('too far')
          return { heard: request }
        },
        { signal: stop.signal, onError: () => undefined },
      )
      expect(await one.calls.call('ingest', 'hello')).toEqual({ heard: 'hello' })
      await expect(one.calls.call('ingest', 'fail')).rejects.toMatchObject({ remoteName: 'RangeError' })
      stop.abort()
      await serving
      await expect(one.calls.call('ingest', 'hello', 100)).rejects.toThrow(/no process answered/)
    })

    it('know of each other, and forget one that no longer announces itself', async () => {
      const prefix = `p${prefixes++}`
      const one = await openAs('one', { prefix, durationMs: 400 })
      const other = await openAs('other', { prefix, durationMs: 400 })
      onTestFinished(() => {
        one.close()
        other.close()
      })
      await one.members.announce()
      expect((await other.members.announce()).map(({ id }) => id).sort()).toEqual(['one', 'other'])
      await eventually(async () => {
        const members = await other.members.announce()
        return members.length === 1 || undefined
      })
      await other.members.leave()
      expect((await one.members.announce()).map(({ id }) => id)).toEqual(['one'])
    })
  })
})
