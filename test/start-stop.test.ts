import { cp, mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from './support/executables.ts'
import { startMosquitto } from './support/mosquitto.ts'
import { freePort } from './support/ports.ts'
import { startPostgres } from './support/postgres.ts'
import { eventually, Program } from './support/program.ts'
import { startRedis } from './support/redis.ts'
import type { Restartable } from './support/restartable.ts'
import { startProgram } from './support/start-program.ts'

const redis = findExecutable('redis-server')
const postgres = findExecutable('postgres')
const mosquitto = findExecutable('mosquitto')
const timeout = 180_000

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forewarn-start-stop-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

/** `forewarn up` that is not waited for. */
function begin(env: Record<string, string>): Program {
  const free = { FOREWARN_DATA_DIR: dataDir, FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' }
  const program = new Program(['up', '--json'], { ...free, ...env })
  onTestFinished(async () => {
    await program.terminate('SIGKILL')
  })
  return program
}

function said(program: Program, words: RegExp | string): Promise<true> {
  return eventually(async () => {
    if (program.child.exitCode !== null) throw new Error(`up ended: ${program.stderr}`)
    const found = typeof words === 'string' ? program.stderr.includes(words) : words.test(program.stderr)
    return found || undefined
  })
}

function stoppedAfterTest<T extends Restartable>(part: T): T {
  onTestFinished(() => part.stop())
  return part
}

/** How it ends at SIGTERM, and how long that takes. */
async function terminate(program: Program): Promise<{ code: number | null; ms: number }> {
  const begunAt = performance.now()
  const { code } = await program.terminate('SIGTERM')
  return { code, ms: performance.now() - begunAt }
}

describe.skipIf(!postgres || !redis)('what is away at the start', () => {
  it('is waited for, be it refused, silent or starting; then the start goes on by itself', {
    timeout,
  }, async () => {
    const database = stoppedAfterTest(await startPostgres(postgres ?? ''))
    const queue = stoppedAfterTest(await startRedis(redis ?? ''))
    await database.kill()
    queue.pause()
    const program = begin({ DATABASE_URL: database.url, REDIS_URL: queue.url })
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
    const program = begin({ DATABASE_URL: `postgres://user@127.0.0.1:${await freePort()}/db` })
    await said(program, 'waiting: ')
    const { code, ms } = await terminate(program)
    expect(code).toBe(0)
    expect(ms).toBeLessThan(10_000)
  })

  it('is not waited for where it says no', { timeout }, async () => {
    const database = stoppedAfterTest(await startPostgres(postgres ?? ''))
    const program = begin({ DATABASE_URL: database.url.replace(/\/postgres$/, '/nowhere') })
    const { code, stderr } = await program.waitForExit()
    expect(code).toBe(1)
    expect(stderr).toContain('database "nowhere" does not exist; start PostgreSQL, or correct DATABASE_URL')
  })
})

describe('a data folder that cannot be used', () => {
  /** Ends soon, with exit code 1 and what it said in words, without a stack trace. */
  async function startError(env: Record<string, string> = {}): Promise<string> {
    const { code, stderr } = await begin(env).waitForExit()
    expect(code, stderr).toBe(1)
    expect(stderr).not.toMatch(/^\s+at /m)
    return stderr
  }

  it('because another process has it, whatever its ports and databases are', { timeout }, async () => {
    const { program, httpUrl } = await startProgram({ FOREWARN_DATA_DIR: dataDir })
    expect(await startError()).toContain(`${dataDir}/journal is in use by process ${program.child.pid}`)
    const port = new URL(httpUrl).port
    expect(await startError({ FOREWARN_HTTP_PORT: port })).toContain('a Forewarn runs already')
    // The first one does not notice.
    expect((await fetch(`${httpUrl}/readyz`)).status).toBe(200)
    expect((await terminate(program)).code).toBe(0)
  })

  it.each([
    ['journal/data.mdb', 'the journal in', 'readings that were not in the series yet'],
    ['series.duckdb', 'the series in', 'charts then begin with what is still in the journal'],
    ['records/pgdata/global/pg_control', 'the records in', 'tickets, notices, verdicts'],
  ])(
    'because %s is damaged: it says what, where, and what moving it away costs',
    { timeout },
    async (file, what, cost) => {
      const copy = await mkdtemp(join(tmpdir(), 'forewarn-damaged-'))
      onTestFinished(() => rm(copy, { recursive: true, force: true }))
      await cp(dataDir, copy, { recursive: true })
      const path = join(copy, file)
      await truncate(path, 100)
      const words = await startError({ FOREWARN_DATA_DIR: copy })
      expect(words).toContain(`forewarn: ${what} ${copy}`)
      expect(words).toContain('move it away')
      expect(words).toContain(cost)
    },
  )
})

it('a kind that vanished: its readings are quarantined, its rules left out, the others go on', {
  timeout,
}, async () => {
  const rules = await mkdtemp(join(tmpdir(), 'forewarn-rules-'))
  onTestFinished(() => rm(rules, { recursive: true, force: true }))
  await cp('rules/kinds', join(rules, 'kinds'), { recursive: true })
  await cp('rules/catalog', join(rules, 'catalog'), { recursive: true })
  const env = {
    FOREWARN_DATA_DIR: join(rules, 'data'),
    FOREWARN_RULES_KINDS_DIR: join(rules, 'kinds'),
    FOREWARN_RULES_CATALOG_DIR: join(rules, 'catalog'),
  }
  const devices = {
    'phone-1': ['phone', 'battery_health_pct'],
    'washer-1': ['washing_machine', 'drum_vibration_g'],
  }
  const send = async (mqttUrl: string, value: number) => {
    for (const [clientId, [kind, metric]] of Object.entries(devices)) {
      const client = await connectAsync(mqttUrl, { clientId })
      const hello = JSON.stringify({ state: 'online', kind })
      await client.publishAsync(`pm/v1/devices/${clientId}/state`, hello, { qos: 1, retain: true })
      const reading = JSON.stringify({ ts: Date.now(), values: { [metric ?? '']: value } })
      await client.publishAsync(`pm/v1/devices/${clientId}/telemetry`, reading, { qos: 1 })
      await client.endAsync()
    }
  }
  const first = await startProgram(env)
  await send(first.mqttUrl, 1)
  await terminate(first.program)

  await rm(join(rules, 'kinds', 'phone.yaml'))
  const complaint = begin(env)
  expect((await complaint.waitForExit()).code).toBe(1)
  expect(complaint.stderr).toMatch(/phone\.battery_worn\.yaml:\d+:\d+: /)

  for (const file of await readdir(join(rules, 'catalog'))) {
    if (file.startsWith('phone.')) await rm(join(rules, 'catalog', file))
  }
  const second = await startProgram(env)
  await send(second.mqttUrl, 2)
  const get = async <T>(path: string) => (await (await fetch(`${second.httpUrl}${path}`)).json()) as T
  const reasons = await eventually(async () => {
    const { items } = await get<{ items: { reason: string }[] }>('/api/quarantine')
    return items.length === 2 ? items.map(({ reason }) => reason) : undefined
  })
  expect(reasons).toEqual(['unknown_kind', 'unknown_kind'])
  type Latest = { latest: { value: number }[] }
  expect((await get<Latest>('/api/devices/washer-1')).latest).toMatchObject([{ value: 2 }])
  expect((await get<Latest>('/api/devices/phone-1')).latest).toMatchObject([{ value: 1 }])
  const { checks } = await get<{ checks: { ok: boolean }[] }>('/readyz')
  expect(checks.length).toBeGreaterThan(0)
  expect(checks.filter(({ ok }) => !ok)).toEqual([])
  expect((await terminate(second.program)).code).toBe(0)
})

describe.skipIf(!postgres || !redis || !mosquitto)('SIGTERM while everything outside hangs', () => {
  it('ends within 10 s, says what was left, and keeps what was accepted', { timeout }, async () => {
    const database = stoppedAfterTest(await startPostgres(postgres ?? ''))
    const queue = stoppedAfterTest(await startRedis(redis ?? ''))
    const broker = stoppedAfterTest(await startMosquitto({ executable: mosquitto ?? '' }))
    const env = { DATABASE_URL: database.url, REDIS_URL: queue.url, MQTT_URL: broker.url }
    const { program, httpUrl } = await startProgram({ FOREWARN_DATA_DIR: dataDir, ...env })
    const phone = await connectAsync(broker.url, { clientId: 'phone-1' })
    onTestFinished(() => phone.endAsync(true))
    const announcement = JSON.stringify({ state: 'online', kind: 'phone', owner: 'u-1' })
    await phone.publishAsync('pm/v1/devices/phone-1/state', announcement, { qos: 1, retain: true })
    const metric = async (name: string) => {
      const text = await (await fetch(`${httpUrl}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
    }
    await eventually(async () => (await fetch(`${httpUrl}/api/devices/phone-1`)).ok || undefined)
    database.pause()
    queue.pause()
    const reading = JSON.stringify({ ts: Date.now(), values: { battery_health_pct: 91 } })
    await phone.publishAsync('pm/v1/devices/phone-1/telemetry', reading, { qos: 1 })
    await eventually(async () => (await metric('forewarn_readings_stored_total')) === 1 || undefined)
    broker.pause()

    const { code, ms } = await terminate(program)
    expect(ms, program.stderr).toBeLessThan(10_000)
    expect(code).toBe(0)
    expect(program.stderr).toMatch(
      /took longer than \d\.\d s, left as it is; the next start.*"component":"stopping the \w+"|"component":"stopping the \w+".*took longer than \d\.\d s, left as it is; the next start/,
    )

    for (const part of [database, queue, broker]) part.resume()
    const next = await startProgram({ FOREWARN_DATA_DIR: dataDir, ...env })
    const answer = await fetch(`${next.httpUrl}/api/devices/phone-1`)
    expect(await answer.json()).toMatchObject({ latest: [{ metric: 'battery_health_pct', value: 91 }] })
    expect((await terminate(next.program)).code).toBe(0)
  })
})
