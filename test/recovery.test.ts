import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createInstallation, type Installation } from './recovery/installation.ts'
import { findExecutable } from './support/executables.ts'
import { startRedis } from './support/redis.ts'

const timeout = 120_000
const redisServer = findExecutable('redis-server') ?? ''

/** Run twice, keep a part between the runs, and put it back after the second one. @returns what the records had then */
async function setBack(
  installation: Installation,
  keep: () => Promise<() => Promise<void>>,
): Promise<ReturnType<Installation['outcome']>> {
  await installation.start()
  await installation.overheat('a', 'b')
  await installation.stop()
  const putBack = await keep()
  await installation.start()
  await installation.overheat('c', 'd')
  const expected = await installation.outcome()
  await installation.stop()
  await putBack()
  await installation.start()
  return expected
}

describe('records that come back from an older state', () => {
  it('get the same tickets and notices again from the journal', { timeout }, async () => {
    const installation = await createInstallation()
    const expected = await setBack(installation, () => installation.keep('records'))
    await installation.waitForTickets(['a', 'b', 'c', 'd'])
    expect(await installation.outcome()).toEqual(expected)
    expect(await installation.recovery()).toMatchObject({ ok: true })
    await installation.overheat('e')
  })

  it('report exactly what the journal no longer has', { timeout }, async () => {
    const installation = await createInstallation({ FOREWARN_JOURNAL_KEEP_ENTRIES: '1' })
    await setBack(installation, () => installation.keep('records'))
    const check = await installation.recovery()
    expect(check).toMatchObject({ ok: false, state: 'degraded' })
    const [gap] = installation.loggedGaps.filter(({ component }) => component === 'records')
    expect(gap).toMatchObject({ kind: 'trimmed', from: expect.any(Number), to: expect.any(Number) })
    expect(check?.detail).toContain(
      `records: entries ${gap?.from} to ${gap?.to} of the telemetry stream are missing`,
    )
    const labels = '{consumer="records",kind="trimmed"}'
    expect(await installation.metrics()).toEqual(
      expect.arrayContaining([
        `forewarn_journal_gap_first_offset${labels} ${gap?.from}`,
        `forewarn_journal_gap_last_offset${labels} ${gap?.to}`,
      ]),
    )
    // Their announcements are among the entries that are gone.
    const { records } = installation.forewarn
    const devices = await records.selectFrom('devices').select('id').orderBy('id').execute()
    expect(devices.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd'])
    await installation.stop()
    await installation.start()
    expect(await installation.recovery()).toMatchObject({ ok: true })
  })
})

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
