import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from './support/executables.ts'
import { freePort } from './support/ports.ts'
import { eventually, type Program, runProgram } from './support/program.ts'
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

/** A phone makes itself known and sends three readings, one of them twice and one of a metric that no phone has. */
async function sendReadings(mqttUrl: string): Promise<void> {
  const client = await connectAsync(mqttUrl, { clientId: 'phone-1' })
  const topic = 'pm/v1/devices/phone-1'
  const hello = JSON.stringify({ state: 'online', kind: 'phone', owner: 'u-1' })
  await client.publishAsync(`${topic}/state`, hello, { qos: 1, retain: true })
  const ts = Date.now()
  for (const reading of [
    { ts, values: { battery_health_pct: 91 } },
    { ts, values: { battery_health_pct: 91 } },
    { ts: ts + 1, values: { battery_health_pct: 90 } },
    { ts: ts + 2, values: { main_brush_rpm: 1_500 } },
  ]) {
    await client.publishAsync(`${topic}/telemetry`, JSON.stringify(reading), { qos: 1 })
  }
  await client.endAsync()
}

/** How a start ends that cannot succeed: soon, with exit code 1, words and no stack trace. */
async function failedStart(env: Record<string, string>): Promise<Program> {
  const program = await runProgram(['up', '--json'], {
    FOREWARN_HTTP_PORT: '0',
    FOREWARN_MQTT_PORT: '0',
    ...env,
  })
  expect(program.child.exitCode, program.stderr).toBe(1)
  expect(program.stderr).not.toMatch(/^\s+at /m)
  const lines = program.stderr.trimEnd().split('\n')
  const complaint = lines.pop()
  const logged = lines.map((line) => JSON.parse(line) as { level: string; event: string })
  expect(logged[0]).toMatchObject({ level: 'info', event: 'starting' })
  expect(logged.filter(({ level }) => level !== 'info')).toEqual([])
  expect(complaint).toBe(`forewarn: ${program.result<{ error: string }>().error}`)
  return program
}

it('stops at Ctrl-C and at SIGTERM, and goes on where it was', { timeout }, async () => {
  const totals = { received: 4, stored: 2, duplicate: 1, quarantined: 1 }
  const first = await start()
  await sendReadings(first.mqttUrl)
  const { code } = await first.program.terminate('SIGINT')
  expect(code, first.program.stderr).toBe(0)
  expect(first.program.result()).toMatchObject(totals)

  const second = await start()
  const metrics = await (await fetch(`${second.httpUrl}/metrics`)).text()
  for (const name of ['received', 'stored', 'duplicate'] as const) {
    expect(metrics).toContain(`\nforewarn_readings_${name}_total ${totals[name]}\n`)
  }
  const { items } = (await (await fetch(`${second.httpUrl}/api/devices`)).json()) as { items: object[] }
  expect(items).toMatchObject([{ id: 'phone-1', owner: 'u-1' }])
  expect((await second.program.terminate('SIGTERM')).code).toBe(0)
  expect(second.program.result()).toMatchObject(totals)
})

it('continues when its output is not read', { timeout }, async () => {
  const { program } = await start()
  program.child.stdout?.destroy()
  program.child.stderr?.destroy()
  expect((await program.terminate('SIGTERM')).code).toBe(0)
})

describe('a start that cannot succeed', () => {
  it('on a data folder that is in use', { timeout }, async () => {
    const { program } = await start()
    const { stderr } = await failedStart({ FOREWARN_DATA_DIR: dataDir })
    expect(stderr).toContain(`${dataDir}/journal is in use by process ${program.child.pid}`)
  })

  it('at ports that are taken', { timeout }, async () => {
    const { httpUrl, mqttUrl } = await start()
    const http = { FOREWARN_HTTP_PORT: new URL(httpUrl).port }
    const mqtt = { FOREWARN_MQTT_PORT: new URL(mqttUrl).port }
    const broker = await failedStart(mqtt)
    expect(broker.stderr).toMatch(/127\.0\.0\.1:\d+ is in use .* set mqtt\.port \(FOREWARN_MQTT_PORT\)/)
    const twice = await runProgram(['up'], { ...http, ...mqtt })
    expect(twice.child.exitCode).toBe(1)
    expect(twice.stderr).toMatch(/a Forewarn runs already.*FOREWARN_HTTP_PORT.*FOREWARN_MQTT_PORT/s)
  })

  it('in a data folder that cannot be made', { timeout }, async () => {
    const file = import.meta.filename
    const { stderr } = await failedStart({ FOREWARN_DATA_DIR: join(file, 'data') })
    expect(stderr).toContain(`${file} cannot be written to`)
    expect(stderr).toContain('FOREWARN_DATA_DIR')
  })

  it('without its rules', { timeout }, async () => {
    const { stderr } = await failedStart({ FOREWARN_RULES_CATALOG_DIR: '/nowhere' })
    expect(stderr).toContain('/nowhere')
  })
})

describe('a part that is away', () => {
  it('is waited for, and told, where it is the broker', { timeout }, async () => {
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
