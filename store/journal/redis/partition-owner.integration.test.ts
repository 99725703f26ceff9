import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { race } from '../../../lib/race.ts'
import { findExecutable } from '../../../test/support/executables.ts'
import { eventually } from '../../../test/support/program.ts'
import { type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { type Journal, JournalFencedError } from '../journal.ts'
import { entries, neverAborted, readRetained } from '../testing/entries.ts'
import type { WaitReason } from './connect.ts'
import { partitionKeys } from './keys.ts'
import {
  openPartitionedRedisJournal,
  openRedisJournal,
  type RedisJournalOptions,
} from './open-redis-journal.ts'

const executable = findExecutable('redis-server') ?? ''

describe.skipIf(executable === '')('who owns a partition in Redis', () => {
  let server: RedisServer
  let redis: Redis
  let partition = 0
  const open: Journal[] = []
  const children: ChildProcess[] = []

  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
    redis = new Redis(server.url)
    redis.on('error', () => {}) // It is killed on purpose.
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await Promise.all(open.splice(0).map((journal) => journal.close()))
  })

  async function openAs(holder: string, options: Partial<RedisJournalOptions> = {}): Promise<Journal> {
    const limits = { maxBytes: 1_000_000_000, keepEntries: 0 }
    const lease = { durationMs: 1_000, holder }
    const journal = await openRedisJournal({ url: server.url, partition, ...limits, lease, ...options })
    open.push(journal)
    return journal
  }

  /** Another process that owns the partition and appends to it; `said` grows with what it prints. */
  async function flooding(holder: string) {
    const script = fileURLToPath(new URL('./testing/append-load.ts', import.meta.url))
    const args = ['--import', 'tsx', script, server.url, `${partition}`, holder]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const said: string[] = []
    const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
    const acknowledged = () => Math.max(0, ...said.map(Number).filter((offset) => !Number.isNaN(offset)))
    const ended = Promise.all([once(child, 'exit'), once(lines, 'close')])
    await eventually(async () => acknowledged() > 100 || undefined)
    return { child, said, acknowledged, ended }
  }

  it('waits for no lease that was taken while the clock of Redis was ahead', async () => {
    partition += 1
    await redis.set(partitionKeys('forewarn', partition).lease, 'dead', 'PX', 40 * 86_400_000)
    const startedAt = performance.now()
    await openAs('a', { lease: { durationMs: 100, holder: 'a' } })
    expect(performance.now() - startedAt).toBeGreaterThan(900)
  })

  it('is one at a time: the next one waits, reports for whom, and begins when that one closes', async () => {
    partition += 1
    const first = await openAs('the first')
    await first.append('telemetry', entries(0, 3))
    const waits: WaitReason[] = []
    const second = openAs('the second', { onWaiting: (waiting) => waits.push(waiting) })
    await eventually(async () => waits[0])
    expect(waits).toEqual([{ for: 'partition', partition, holder: 'the first' }])
    let left = await redis.pttl(partitionKeys('forewarn', partition).lease)
    await eventually(async () => {
      const before = left
      left = await redis.pttl(partitionKeys('forewarn', partition).lease)
      return left > before || undefined
    })
    expect(await first.append('telemetry', entries(3, 4))).toBe(4)
    await first.close()
    expect((await readRetained(await second)).entries).toEqual(entries(0, 4))
    expect(waits).toHaveLength(1)
  })

  it('ends waiting when told to', async () => {
    partition += 1
    await openAs('the first')
    const stop = new AbortController()
    const onWaiting = () => stop.abort(new Error('enough'))
    await expect(openAs('the second', { signal: stop.signal, onWaiting })).rejects.toThrow()
  })

  it('is another one after kill -9, with all that was acknowledged, in order, once', async () => {
    partition += 1
    const { child, acknowledged, ended } = await flooding('a process')
    child.kill('SIGKILL')
    await ended
    const journal = await openAs('the next')
    const kept = await readRetained(journal)
    expect(kept.next).toBeGreaterThanOrEqual(acknowledged())
    expect(kept.entries).toEqual(entries(0, kept.next))
    expect(await journal.tally()).toEqual({ stored: kept.next })
  })

  it('is another one when its process was paused; nothing of the paused one is kept then', async () => {
    partition += 1
    const { child, said, acknowledged, ended } = await flooding('a paused process')
    child.kill('SIGSTOP')
    const journal = await openAs('the next')
    const { head } = (await journal.info()).streams.telemetry
    expect(head).toBeGreaterThanOrEqual(acknowledged())
    child.kill('SIGCONT')
    expect((await ended)[0]).toEqual([0, null])
    expect(said.slice(-4)).toEqual(Array(4).fill('JournalFencedError'))
    const kept = await readRetained(journal)
    expect(kept.entries).toEqual(entries(0, head))
    expect(acknowledged()).toBeLessThanOrEqual(head)
    expect(await journal.append('telemetry', entries(head, head + 1))).toBe(head + 1)
  })

  it('tells those who wait for something to read that another has taken over', async () => {
    partition += 1
    const first = await openAs('the first')
    const consumer = await first.consumer('rules', 'telemetry')
    const reading = expect(consumer.read(0, 1, neverAborted())).rejects.toThrow(
      'the second has taken over from the first',
    )
    await redis.del(partitionKeys('forewarn', partition).lease)
    await openAs('the second')
    await reading
    await expect(consumer.commit({ cursor: 0 })).rejects.toThrow(JournalFencedError)
  })

  it('stays the same when Redis was away for longer than the lease and no other process took over', async () => {
    partition += 1
    const journal = await openAs('the owner', { timeouts: { responseMs: 200, totalMs: 300 } })
    await journal.append('telemetry', entries(0, 3))
    await redis.del(partitionKeys('forewarn', partition).lease)
    await server.kill()
    await expect(journal.append('telemetry', entries(3, 4))).rejects.toThrow('timed out')
    await server.restart()
    const head = await eventually(() => journal.append('telemetry', entries(3, 5)).catch(() => undefined))
    expect(head).toBe(5)
    expect((await readRetained(journal)).entries).toEqual(entries(0, 5))
  })

  it('has all partitions, or waits for all', async () => {
    const options = (holder: string) => ({
      url: server.url,
      prefix: 'all',
      partitions: 3,
      maxBytes: 3_000_000,
      keepEntries: 0,
      lease: { durationMs: 1_000, holder },
    })
    const [one, other] = [
      openPartitionedRedisJournal(options('one')),
      openPartitionedRedisJournal(options('other')),
    ]
    const [winner, loser] = await race([one.then(() => [one, other]), other.then(() => [other, one])])
    const journals = (await winner) ?? []
    expect(journals).toHaveLength(3)
    expect(await Promise.all(journals.map((journal) => journal.append('telemetry', entries(0, 1))))).toEqual([
      1, 1, 1,
    ])
    expect((await journals[0]?.info())?.maxBytes).toBe(1_000_000)
    await Promise.all(journals.map((journal) => journal.close()))
    const next = (await loser) ?? []
    for (const journal of next) expect((await readRetained(journal)).entries).toEqual(entries(0, 1))
    await Promise.all(next.map((journal) => journal.close()))
    const wrong = openPartitionedRedisJournal({ ...options('third'), partitions: 4 })
    await expect(wrong).rejects.toThrow(/has 3 partitions, and 4 were asked for/)
  })
})
