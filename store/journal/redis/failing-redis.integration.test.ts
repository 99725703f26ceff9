import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { eventually } from '../../../test/support/program.ts'
import { type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { type Journal, JournalFullError, JournalWriteError } from '../journal.ts'
import { entries, neverAborted, readRetained } from '../testing/entries.ts'
import { RedisUnavailableError } from './errors.ts'
import { openRedisJournal } from './open-redis-journal.ts'

const executable = findExecutable('redis-server') ?? ''

describe.skipIf(executable === '')('a journal on a Redis that fails', () => {
  let server: RedisServer
  let redis: Redis
  let journal: Journal
  let partition = 0

  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
    redis = new Redis(server.url)
    redis.on('error', () => {}) // It is killed on purpose.
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(async () => {
    journal = await openRedisJournal({
      url: server.url,
      partition: ++partition,
      maxBytes: 1_000_000_000,
      keepEntries: 0,
      lease: { durationMs: 60_000, holder: 'the test' },
      timeouts: { responseMs: 200, totalMs: 500 },
    })
  })
  afterEach(() => journal.close())

  it('is full when Redis is out of memory, lets consumers commit, and goes on when there is memory', async () => {
    await journal.append('telemetry', entries(0, 100))
    const consumer = await journal.consumer('rules', 'telemetry')
    await redis.config('SET', 'maxmemory', '1mb')
    await expect(journal.append('telemetry', entries(100, 200))).rejects.toThrow(JournalFullError)
    expect((await journal.info()).full).toBe(true)
    await consumer.commit({ cursor: 50, state: new Map([['a', 1]]) })
    expect(await consumer.states(['a'])).toEqual(new Map([['a', 1]]))
    await redis.config('SET', 'maxmemory', '0')
    await journal.waitForSpace(neverAborted())
    expect(await journal.append('telemetry', entries(100, 200))).toBe(200)
    expect((await readRetained(journal)).entries).toEqual(entries(0, 200))
  })

  it('rejects what Redis refuses to write', async () => {
    await redis.config('SET', 'min-replicas-to-write', '1')
    await expect(journal.append('telemetry', entries(0, 1))).rejects.toThrow(JournalWriteError)
    await redis.config('SET', 'min-replicas-to-write', '0')
    expect(await journal.append('telemetry', entries(0, 1))).toBe(1)
  })

  it('rejects reads while Redis is unavailable, and works again afterwards', async () => {
    await journal.append('telemetry', entries(0, 3))
    await server.kill()
    await expect(readRetained(journal)).rejects.toThrow('Redis is unavailable')
    expect((await journal.info()).streams.telemetry.head).toBe(3)
    await server.restart()
    const back = await eventually(() => readRetained(journal).catch(unlessAway))
    expect(back.entries).toEqual(entries(0, 3))
  })
})

/** It finds the way back a little later than Redis. */
function unlessAway(error: unknown): undefined {
  if (!(error instanceof RedisUnavailableError)) throw error
}
