import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createInstallation } from '../recovery/installation.ts'
import { setBack } from '../recovery/set-back.ts'
import { findExecutable } from '../support/executables.ts'
import { startRedis } from '../support/redis.ts'

const timeout = 120_000
const redisServer = findExecutable('redis-server') ?? ''

describe.skipIf(redisServer === '')('a Redis', () => {
  it('of the queues that was emptied costs nothing', { timeout }, async () => {
    const server = await startRedis(redisServer)
    onTestFinished(() => server.stop())
    const installation = await createInstallation({ REDIS_URL: server.url })
    const redis = new Redis(server.url)
    onTestFinished(() => redis.disconnect())
    const expected = await setBack(installation, async () => {
      const putBack = await installation.keep('records')
      // The jobs of what the records have lost are gone, too.
      return async () => {
        await putBack()
        await redis.flushall()
      }
    })
    await installation.waitForTickets(['a', 'b', 'c', 'd'])
    expect(await installation.outcome()).toEqual(expected)
    expect(await installation.recovery()).toMatchObject({ ok: true })
  })

  it('of the journal that comes back from an older state is noticed, and its gap reported', {
    timeout,
  }, async () => {
    const server = await startRedis(redisServer, { appendfsync: 'always' })
    onTestFinished(() => server.stop())
    const redis = new Redis(server.url)
    onTestFinished(() => redis.disconnect())
    const installation = await createInstallation({
      JOURNAL: 'redis',
      JOURNAL_REDIS_URL: server.url,
      FOREWARN_JOURNAL_PARTITIONS: '1',
    })
    const expected = await setBack(installation, () => keepKeys(redis))
    expect(installation.loggedGaps.map(({ component, kind }) => `${component} ${kind}`).sort()).toEqual([
      'records journal_set_back',
      'series journal_set_back',
      'tickets journal_set_back',
    ])
    expect((await installation.recovery())?.detail).toMatch(
      /records: entries \d+ to \d+ of the telemetry stream were lost by the journal/,
    )
    expect(await installation.outcome()).toEqual(expected)
    // Their entries have offsets that were used before.
    await installation.overheat('e', 'f', 'g')
    expect((await installation.outcome()).tickets).toHaveLength(7)
    await installation.stop()
    await installation.start()
    expect(installation.loggedGaps).toEqual([])
  })
})

/** Dump all keys; return a function that brings them back, as a restored dump file does. */
async function keepKeys(redis: Redis): Promise<() => Promise<void>> {
  const keys = await redis.keys('*')
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)))
  return async () => {
    await redis.flushall()
    for (const [i, key] of keys.entries()) await redis.restore(key, 0, dumps[i] ?? Buffer.alloc(0))
  }
}
