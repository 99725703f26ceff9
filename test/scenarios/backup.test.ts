import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { eventually, runProgram } from '../support/program.ts'
import { startProgram } from '../support/start-program.ts'

const timeout = 300_000
const phones = Array.from({ length: 5 }, (_, n) => `phone-${n}`)

interface Totals {
  received: number
  stored: number
  duplicate: number
  quarantined: number
}

async function get<T>(httpUrl: string, path: string): Promise<T> {
  return (await (await fetch(`${httpUrl}${path}`)).json()) as T
}

/** The counters of readings. */
async function totals(httpUrl: string): Promise<Totals> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text()
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^forewarn_readings_${name}_total(?:\\{[^}]*\\})? (\\d+)`, 'gm'))].reduce(
      (total, [, count]) => total + Number(count),
      0,
    )
  return {
    received: sum('received'),
    stored: sum('stored'),
    duplicate: sum('duplicate'),
    quarantined: sum('quarantined'),
  }
}

async function metric(httpUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN)
}

async function ticketsOf(httpUrl: string) {
  const { items } = await get<{ items: { number: string; device: { id: string } | string }[] }>(
    httpUrl,
    '/api/tickets?limit=100',
  )
  return items.map(({ number }) => number).sort()
}

/** Publish readings of all phones until the signal aborts or the connection is lost, each time after their acknowledgement. */
async function publishLoad(client: MqttClient, signal: AbortSignal): Promise<void> {
  for (let seq = 0; !signal.aborted && client.connected; seq++) {
    const reading = { ts: Date.now() - 3_600_000 + seq, boot: 1, seq, values: { battery_cycles: 100 } }
    const sent = phones.map((phone) =>
      client.publishAsync(`pm/v1/devices/${phone}/telemetry`, JSON.stringify(reading), { qos: 1 }),
    )
    await Promise.all(sent)
  }
}

it('a backup under load is restored after a kill, with readings, tickets and notices', {
  timeout,
}, async () => {
  const home = await mkdtemp(join(tmpdir(), 'forewarn-backup-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const dataDir = join(home, 'data')
  const { program, httpUrl, mqttUrl } = await startProgram({ FOREWARN_DATA_DIR: dataDir })
  const client = await connectAsync(mqttUrl, { clientId: 'phones', reconnectPeriod: 0 })
  client.on('error', () => undefined) // The kill.
  onTestFinished(() => client.endAsync(true))
  for (const phone of phones) {
    const device = JSON.stringify({ state: 'online', kind: 'phone', owner: `owner-of-${phone}` })
    await client.publishAsync(`pm/v1/devices/${phone}/state`, device, { qos: 1, retain: true })
  }
  const worn = Array.from({ length: 10 }, (_, n) => ({
    ts: Date.now() - (10 - n) * 86_400_000,
    values: { battery_health_pct: 70 - n * 0.1 },
  }))
  await client.publishAsync('pm/v1/devices/phone-0/telemetry', JSON.stringify(worn), { qos: 1 })
  const tickets = await eventually(async () => {
    const found = await ticketsOf(httpUrl)
    return found.length > 0 ? found : undefined
  })

  const stop = new AbortController()
  // The kill may leave the last acknowledgements out for ever.
  publishLoad(client, stop.signal).catch(() => undefined)
  const before = await totals(httpUrl)
  const folder = join(home, 'backup')
  const made = await runProgram(['backup', folder, '--url', httpUrl, '--json'], {
    FOREWARN_DATA_DIR: dataDir,
  })
  expect(made.child.exitCode, made.stderr).toBe(0)
  expect(made.result()).toMatchObject({ folder, parts: ['records', 'series', 'journal'], external: [] })
  const after = await totals(httpUrl)
  await program.terminate('SIGKILL')
  stop.abort()

  const restoredDir = join(home, 'restored')
  const restored = await runProgram(['restore', folder, '--quiet', '--json'], {
    FOREWARN_DATA_DIR: restoredDir,
  })
  expect(restored.child.exitCode, restored.stderr).toBe(0)
  const again = await runProgram(['restore', folder, '--json'], { FOREWARN_DATA_DIR: restoredDir })
  expect(again.child.exitCode).toBe(1)
  expect(again.stderr).toContain('is not empty')

  const copy = await startProgram({ FOREWARN_DATA_DIR: restoredDir })
  const found = await totals(copy.httpUrl)
  expect(found.received).toBe(found.stored + found.duplicate + found.quarantined)
  expect(found.stored).toBeGreaterThanOrEqual(before.stored)
  expect(found.stored).toBeLessThanOrEqual(after.stored)
  // Each reading has one value.
  await eventually(async () =>
    (await metric(copy.httpUrl, 'forewarn_series_values')) === found.stored ? true : undefined,
  )
  expect(await ticketsOf(copy.httpUrl)).toEqual(tickets)
  const { checks } = await get<{ checks: { name: string; ok: boolean }[] }>(copy.httpUrl, '/readyz')
  expect(checks.find(({ name }) => name === 'recovery')).toMatchObject({ ok: true })
  const text = await (await fetch(`${copy.httpUrl}/metrics`)).text()
  expect(text).not.toMatch(/forewarn_notices\{state="(queued|sent)"\} [1-9]/)
  // The original starts beside it.
  const original = await startProgram({ FOREWARN_DATA_DIR: dataDir })
  expect((await totals(original.httpUrl)).stored).toBeGreaterThanOrEqual(after.stored)
})
