import { tmpdir } from 'node:os'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findExecutable } from '../../test/support/executables.ts'
import { type Influx, startInflux } from '../../test/support/influx.ts'
import { type Mosquitto, startMosquitto } from '../../test/support/mosquitto.ts'
import { type Postgres, startPostgres } from '../../test/support/postgres.ts'
import { type RedisServer, startRedis } from '../../test/support/redis.ts'
import { loadSettings } from '../settings/load.ts'
import { checkBroker } from './broker.ts'
import { checkInflux } from './influx.ts'
import { checkJournal } from './journal.ts'
import { checkPostgres } from './postgres.ts'
import { checkRedis } from './redis.ts'

const mosquittoPath = findExecutable('mosquitto') ?? ''
const redisPath = findExecutable('redis-server') ?? ''
const influxPath = findExecutable('influxd') ?? ''
const postgresPath = findExecutable('postgres') ?? ''

describe.skipIf(mosquittoPath === '')('a real Mosquitto', () => {
  let mosquitto: Mosquitto
  beforeAll(async () => {
    mosquitto = await startMosquitto({ executable: mosquittoPath })
  })
  afterAll(() => mosquitto.stop())

  test.each([4, 5] as const)('accepts protocol version %s', async (protocolVersion) => {
    const check = await checkBroker({ url: mosquitto.url, protocolVersion, clientId: 'doctor' })
    expect(check).toMatchObject({ status: 'ok', detail: expect.stringContaining(mosquitto.url) })
  })
})

describe.skipIf(redisPath === '')('a real Redis', () => {
  let server: RedisServer
  afterAll(() => server.stop())

  test('that keeps everything is fine', async () => {
    server = await startRedis(redisPath, { appendfsync: 'always' })
    expect((await checkRedis(server.url)).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  test('that evicts, keeps no log and syncs late is reported with its remedy', async () => {
    const redis = new Redis(server.url)
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    await redis.config('SET', 'appendonly', 'no')
    await redis.config('SET', 'appendfsync', 'everysec')
    await redis.quit()
    expect(await checkRedis(server.url)).toMatchObject([
      { name: 'redis', status: 'ok' },
      { name: 'redis maxmemory-policy', status: 'fail', remedy: expect.stringContaining('noeviction') },
      { name: 'redis appendonly', status: 'warn', remedy: expect.stringContaining('--appendonly yes') },
      { name: 'redis appendfsync', status: 'warn', detail: expect.stringContaining('everysec') },
    ])
  })
})

describe.skipIf(influxPath === '')('a real InfluxDB', () => {
  let server: Influx
  beforeAll(async () => {
    server = await startInflux(influxPath, { INFLUXDB_HTTP_AUTH_ENABLED: 'true' })
    await run(`CREATE USER ada WITH PASSWORD 'right' WITH ALL PRIVILEGES`)
  })
  afterAll(() => server.stop())

  const run = (q: string) =>
    fetch(`${server.url}/query?u=ada&p=right`, { method: 'POST', body: new URLSearchParams({ q }) })
  const check = (token: string) => checkInflux({ url: server.url, bucket: 'doctor', token })

  test('without the database: that is reported, and it is not created', async () => {
    for (let i = 0; i < 2; i++) {
      expect(await check('ada:right')).toMatchObject({
        status: 'warn',
        remedy: expect.stringContaining('CREATE DATABASE'),
      })
    }
  })

  test('with it', async () => {
    await run('CREATE DATABASE doctor')
    expect(await check('ada:right')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('InfluxDB 1'),
    })
  })

  test('that does not let us in: said without the password', async () => {
    const refused = await check('ada:hunter2')
    expect(refused).toMatchObject({ status: 'fail', remedy: expect.stringContaining('INFLUX_TOKEN') })
    expect(JSON.stringify(refused)).not.toContain('hunter2')
  })
})

describe.skipIf(redisPath === '')('a real Redis for the journal', () => {
  let server: RedisServer
  afterAll(() => server.stop())
  const check = (env: Record<string, string> = {}) => {
    const { settings } = loadSettings({
      env: { JOURNAL: 'redis', JOURNAL_REDIS_URL: server.url, ...env },
      cwd: tmpdir(),
    })
    return checkJournal(settings)
  }

  test('that syncs each write is fine', async () => {
    server = await startRedis(redisPath, { appendfsync: 'always' })
    expect(await check()).toMatchObject([{ name: 'journal', status: 'ok' }])
  })

  test('that syncs late is refused, or warned of where that is accepted', async () => {
    const redis = new Redis(server.url)
    await redis.config('SET', 'appendfsync', 'everysec')
    await redis.quit()
    expect(await check()).toMatchObject([
      {
        status: 'fail',
        detail: expect.stringContaining('everysec'),
        remedy: expect.stringContaining('accept-loss'),
      },
    ])
    expect(await check({ FOREWARN_JOURNAL_DURABILITY: 'accept-loss' })).toMatchObject([
      { status: 'ok' },
      { status: 'warn', detail: expect.stringContaining('everysec') },
    ])
  })

  test('that is not named is asked for', async () => {
    expect(await check({ JOURNAL_REDIS_URL: '' })).toMatchObject([
      { status: 'fail', remedy: expect.stringContaining('JOURNAL_REDIS_URL') },
    ])
  })
})

describe.skipIf(postgresPath === '')('a real PostgreSQL', () => {
  let server: Postgres
  beforeAll(async () => {
    server = await startPostgres(postgresPath)
  })
  afterAll(() => server.stop())

  test('answers with its version', async () => {
    expect(await checkPostgres(server.url)).toMatchObject({
      status: 'ok',
      detail: expect.stringMatching(/PostgreSQL \d+$/),
    })
  })

  test('a user who may not create tables is reported', async () => {
    const client = new Client({ connectionString: server.url })
    await client.connect()
    await client.query('create role limited login')
    await client.end()
    const check = await checkPostgres(server.url.replace('forewarn@', 'limited@'))
    expect(check).toMatchObject({ status: 'fail', remedy: expect.stringContaining('GRANT CREATE') })
  })

  test('a database that does not exist is reported', async () => {
    const check = await checkPostgres(server.url.replace(/\/postgres$/, '/nowhere'))
    expect(check).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('"nowhere" does not exist'),
    })
  })
})
