import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findExecutable } from '../../../test/support/executables.ts'
import { freePort } from '../../../test/support/ports.ts'
import { type RedisServer, startRedis } from '../../../test/support/redis.ts'
import { type ConnectOptions, connectToRedis, type WaitReason } from './connect.ts'
import { JournalNotDurableError, RedisUnsuitableError } from './errors.ts'

const executable = findExecutable('redis-server') ?? ''
const timeouts = { responseMs: 200, totalMs: 400 }

describe.skipIf(executable === '')('connecting to a Redis', () => {
  let server: RedisServer
  let redis: Redis
  beforeAll(async () => {
    server = await startRedis(executable, { appendfsync: 'always' })
    redis = new Redis(server.url)
    redis.on('error', () => {}) // It is killed on purpose.
  })
  afterAll(async () => {
    redis.disconnect()
    await server.stop()
  })
  beforeEach(() => redis.config('SET', 'appendfsync', 'always'))

  async function connectTo(url: string, options: Partial<ConnectOptions> = {}): Promise<void> {
    const link = await connectToRedis({ url, timeouts, ...options })
    link.close()
  }

  it('that loses what it has confirmed is refused, with what to do', async () => {
    await redis.config('SET', 'appendfsync', 'everysec')
    await expect(connectTo(server.url)).rejects.toThrow(JournalNotDurableError)
    await expect(connectTo(server.url)).rejects.toThrow(/appendfsync is everysec.*--appendfsync always/)
  })

  it('that loses what it has confirmed is warned of where that is accepted', async () => {
    await redis.config('SET', 'appendfsync', 'everysec')
    const warnings: string[] = []
    await connectTo(server.url, { durability: 'accept-loss', onWarning: (text) => warnings.push(text) })
    expect(warnings).toEqual([expect.stringContaining('appendfsync is everysec')])
  })

  it('that does not tell how it is set is warned of', async () => {
    await redis.acl('SETUSER', 'plain', 'on', '>secret', '~*', '+@all', '-config')
    const warnings: string[] = []
    const url = server.url.replace('//', '//plain:secret@')
    await connectTo(url, { onWarning: (text) => warnings.push(text) })
    expect(warnings).toHaveLength(3)
    expect(warnings[1]).toContain('make sure that appendfsync is always')
  })

  it('with a wrong password is an error', async () => {
    await redis.acl('SETUSER', 'plain', 'on', '>secret', '~*', '+@all')
    const wrong = connectTo(server.url.replace('//', '//plain:wrong@'))
    await expect(wrong).rejects.toThrow(RedisUnsuitableError)
    await expect(wrong).rejects.toThrow('WRONGPASS')
  })

  it('that is none, where a cluster was named, is an error', async () => {
    await expect(connectTo(`${server.url},${server.url}`)).rejects.toThrow('no Redis Cluster')
  })

  it('that is away is waited for', async () => {
    const waits: WaitReason[] = []
    await server.kill()
    await connectTo(server.url, {
      onWaiting(waiting) {
        if (waits.push(waiting) === 1) void server.restart()
      },
    })
    expect(waits[0]).toMatchObject({
      for: 'redis',
      cause: { message: expect.stringContaining('ECONNREFUSED') },
    })
  })

  it('that is away is waited for no longer than the signal says', async () => {
    const stop = new AbortController()
    const url = `redis://127.0.0.1:${await freePort()}`
    const waited = connectTo(url, { signal: stop.signal, onWaiting: () => stop.abort(new Error('enough')) })
    await expect(waited).rejects.toThrow('enough')
  })
})
