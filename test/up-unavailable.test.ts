import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from './support/executables.ts'
import { freePort } from './support/ports.ts'
import { eventually } from './support/program.ts'
import { startRedis } from './support/redis.ts'
import { type RunningProgram, startProgram } from './support/start-program.ts'

const redis = findExecutable('redis-server')
const timeout = 60_000

/** One for all tests here, as making its database takes seconds. */
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forewarn-up-'))
})
afterAll(() => rm(dataDir, { recursive: true }))

function start(env: Record<string, string> = {}): Promise<RunningProgram> {
  return startProgram({ FOREWARN_DATA_DIR: dataDir, ...env })
}

describe('a part that is away', () => {
  it('is waited for and reported, where it is the broker', { timeout }, async () => {
    const url = `mqtt://127.0.0.1:${await freePort()}`
    const { program, httpUrl } = await start({ MQTT_URL: url })
    const logged = (component: string, message: string) =>
      eventually(async () => {
        const lines = program.stderr.split('\n').slice(0, -1)
        const entries = lines.map((line) => JSON.parse(line) as { component?: string; msg: string })
        return entries.find((entry) => entry.component === component && entry.msg.includes(message))
      })
    await logged('gateway', `not connected to ${url}`)
    await logged('mqtt', 'connect ECONNREFUSED')
    expect((await fetch(`${httpUrl}/readyz`)).status).toBe(503)
    expect((await program.terminate('SIGINT')).code).toBe(0)
  })

  it.skipIf(!redis)('does not prevent a stop, where it is Redis', { timeout }, async () => {
    const server = await startRedis(redis ?? '', { appendfsync: 'always' })
    onTestFinished(() => server.stop())
    const { program } = await start({ REDIS_URL: server.url })
    await server.kill()
    await eventually(
      async () => /"component":"queues",.*connect ECONNREFUSED/.test(program.stderr) || undefined,
    )
    expect((await program.terminate('SIGINT')).code).toBe(0)
  })
})
