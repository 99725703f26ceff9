import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { compileShim, restoreDurableFiles, shimEnvironment } from '../power-failure/shim.ts'
import { findExecutable } from '../support/executables.ts'
import { eventually } from '../support/program.ts'
import { startProgram } from '../support/start-program.ts'

const gcc = findExecutable('gcc')
const phones = Array.from({ length: 6 }, (_, index) => `phone-${index}`)

it.skipIf(gcc === undefined)(
  'a power failure of the embedded records costs no answered request, and no ticket',
  { timeout: 180_000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'forewarn-power-'))
    onTestFinished(() => rm(home, { recursive: true, force: true }))
    const [dataDir, recordsDir] = [join(home, 'data'), join(home, 'data', 'records')]
    const env = { FOREWARN_DATA_DIR: dataDir }
    // So that the folder exists, and is durable, before the failure.
    const first = await startProgram(env)
    await first.program.terminate('SIGTERM')

    const shim = shimEnvironment(compileShim(gcc ?? '', home), { folder: recordsDir, earlyPercent: 30 })
    const failing = await startProgram({ ...env, ...shim })
    const depots: string[] = []
    const died = putDepots(failing.httpUrl, depots)
    await wearOut(failing.mqttUrl)
    const before = await eventually(async () => {
      // The library ends the program where it cannot follow a file.
      expect(failing.program.child.signalCode, failing.program.stderr).toBe(null)
      const tickets = await listTickets(failing.httpUrl)
      return tickets.length === phones.length && depots.length > 20 ? tickets : undefined
    })
    await failing.program.terminate('SIGKILL')
    await died
    restoreDurableFiles(recordsDir)

    const { httpUrl } = await startProgram(env)
    await expect.poll(() => listTickets(httpUrl), { timeout: 30_000 }).toEqual(before)
    const missing: string[] = []
    for (const id of depots) if (!(await fetch(`${httpUrl}/api/depots/${id}`)).ok) missing.push(id)
    expect(missing).toEqual([])
  },
)

/** Create depots, which nothing but the records knows, until the program dies. @param answered receives their ids */
async function putDepots(httpUrl: string, answered: string[]): Promise<void> {
  for (let n = 0; ; n++) {
    const id = `depot-${n}`
    const response = await fetch(`${httpUrl}/api/depots/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'if-none-match': '*' },
      body: JSON.stringify({ name: `Depot ${n}`, kind: 'depot' }),
    }).catch(() => undefined)
    if (response === undefined) return // The power failure.
    if (!response.ok) throw new Error(await response.text())
    answered.push(id)
  }
}

async function listTickets(httpUrl: string): Promise<string[]> {
  const { items } = (await (await fetch(`${httpUrl}/api/tickets`)).json()) as {
    items: { device: string; rule: string }[]
  }
  return items.map(({ device, rule }) => `${device} ${rule}`).sort()
}

/** Phones whose batteries are worn from the first reading on. */
async function wearOut(mqttUrl: string): Promise<void> {
  const client = await connectAsync(mqttUrl, { clientId: 'gateway', reconnectPeriod: 0 })
  client.on('error', () => undefined) // The power failure.
  onTestFinished(() => client.endAsync(true))
  const dayMs = 86_400_000
  for (const phone of phones) {
    const state = JSON.stringify({ state: 'online', kind: 'phone', owner: `owner-of-${phone}` })
    await client.publishAsync(`pm/v1/devices/${phone}/state`, state, { qos: 1, retain: true })
    for (let day = 20; day > 0; day--) {
      const reading = { ts: Date.now() - day * dayMs, values: { battery_health_pct: 70 + (day % 3) / 10 } }
      await client.publishAsync(`pm/v1/devices/${phone}/telemetry`, JSON.stringify(reading), { qos: 1 })
    }
  }
}
