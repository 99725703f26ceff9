import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findExecutable } from './support/executables.ts'
import { freePort } from './support/ports.ts'
import { startPostgres } from './support/postgres.ts'
import { startRedis } from './support/redis.ts'
import { begin, said, stoppedAfterTest, terminate } from './up/begin.ts'

const redis = findExecutable('redis-server')
const postgres = findExecutable('postgres')
const timeout = 180_000

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forewarn-start-stop-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

describe.skipIf(!postgres || !redis)('what is away at the start', () => {
  it('is waited for, be it refused, silent or starting; then the start goes on by itself', {
    timeout,
  }, async () => {
    const database = stoppedAfterTest(await startPostgres(postgres ?? ''))
    const queue = stoppedAfterTest(await startRedis(redis ?? ''))
    await database.kill()
    queue.pause()
    const program = begin({ FOREWARN_DATA_DIR: dataDir, DATABASE_URL: database.url, REDIS_URL: queue.url })
    await said(program, /waiting: postgres:.*ECONNREFUSED.*; start PostgreSQL, or correct DATABASE_URL/)
    await said(program, /waiting: redis:.*; start Redis, or correct REDIS_URL/)
    queue.resume()
    await database.restart()
    await said(program, 'devices publish to')
    expect(program.stderr).toContain('all services are available')
    expect(program.stderr.split('\n').filter((line) => line.includes('ECONNREFUSED')).length).toBeLessThan(4)
    expect((await terminate(program)).code).toBe(0)
  })

  it('does not prevent a stop', { timeout }, async () => {
    const program = begin({
      FOREWARN_DATA_DIR: dataDir,
      DATABASE_URL: `postgres://user@127.0.0.1:${await freePort()}/db`,
    })
    await said(program, 'waiting: ')
    const { code, ms } = await terminate(program)
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
  })

  it('is not waited for where it says no', { timeout }, async () => {
    const database = stoppedAfterTest(await startPostgres(postgres ?? ''))
    const program = begin({
      FOREWARN_DATA_DIR: dataDir,
      DATABASE_URL: database.url.replace(/\/postgres$/, '/nowhere'),
    })
    const { code, stderr } = await program.waitForExit()
    expect(code).toBe(1)
    expect(stderr).toContain('database "nowhere" does not exist; start PostgreSQL, or correct DATABASE_URL')
  })
})
