import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningProgram, startProgram } from './support/start-program.ts'

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
