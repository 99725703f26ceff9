import { connectAsync, type MqttClient } from 'mqtt'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { Watched } from '../scenarios/watched-program.ts'
import { createFakeClock, findFakeTime } from '../support/fake-clock.ts'
import { eventually } from '../support/program.ts'
import { type RunningProgram, startProgram } from '../support/start-program.ts'

const library = findFakeTime()
const timeout = 240_000
const until = { timeout: 90_000, interval: 200 }

describe.skipIf(library === undefined)('a machine whose clock is wrong', () => {
  async function device({ mqttUrl }: RunningProgram): Promise<MqttClient> {
    const client = await connectAsync(mqttUrl, { clientId: 'd-1', clean: true })
    onTestFinished(() => client.endAsync(true).then(() => undefined))
    return client
  }

  const announce = (client: MqttClient) =>
    client.publishAsync('pm/v1/devices/d-1/state', '{"state":"online","kind":"phone"}', { qos: 1 })
  const read = (client: MqttClient) =>
    client.publishAsync(
      'pm/v1/devices/d-1/telemetry',
      JSON.stringify({ ts: Date.now(), values: { battery_temp_c: 20 } }),
      { qos: 1 },
    )

  async function metric({ httpUrl }: RunningProgram, name: string): Promise<number> {
    const text = await (await fetch(`${httpUrl}/metrics`)).text()
    return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
  }

  async function sweepsGoOn(program: RunningProgram): Promise<void> {
    const before = await metric(program, 'forewarn_sweeps_total')
    await vi.waitFor(
      async () => expect(await metric(program, 'forewarn_sweeps_total')).toBeGreaterThan(before),
      until,
    )
  }

  it('acknowledges nothing in the year 2000, says why, and stores everything when it is set', {
    timeout,
  }, async () => {
    const clock = await createFakeClock(library ?? '')
    clock.setOffset(Date.UTC(2000, 0, 1) - Date.now())
    const program = await startProgram(clock.env)
    const watched = new Watched(program)
    const client = await device(program)
    let acknowledged = 0
    const sent = [announce(client), read(client)].map((one) => one.then(() => acknowledged++))
    const text = await eventually(async () => (await watched.readiness()).wrong.get('clock'))
    expect(JSON.stringify(text)).toContain('which is before the release of this program')
    expect((await watched.readiness()).status).toBe(503)
    expect(acknowledged).toBe(0)
    clock.setOffset(0)
    await Promise.all(sent)
    await vi.waitFor(async () => expect((await watched.readiness()).status).toBe(200), until)
    expect(await metric(program, 'forewarn_readings_stored_total')).toBe(1)
    expect(await metric(program, 'forewarn_readings_quarantined_total')).toBe(0)
  })

  it('goes on through a jump of forty days and back, and after a kill meanwhile', { timeout }, async () => {
    const clock = await createFakeClock(library ?? '')
    const program = await startProgram(clock.env)
    const client = await device(program)
    await announce(client)
    await read(client)
    await sweepsGoOn(program)
    clock.setOffset(40 * dayMs)
    await read(client)
    await sweepsGoOn(program)
    clock.setOffset(0)
    await read(client)
    await sweepsGoOn(program)
    clock.setOffset(40 * dayMs)
    await read(client)
    await sweepsGoOn(program)
    await program.program.terminate('SIGKILL')

    clock.setOffset(0)
    const again = await startProgram({ ...clock.env, FOREWARN_DATA_DIR: program.dataDir })
    const next = await device(again)
    await read(next)
    await sweepsGoOn(again)
    await sweepsGoOn(again)
    expect(await metric(again, 'forewarn_readings_stored_total')).toBe(5)
    expect(await metric(again, 'forewarn_readings_quarantined_total')).toBe(0)
    expect((await new Watched(again).readiness()).status).toBe(200)
  })
})
