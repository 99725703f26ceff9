import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findExecutable } from './support/executables.ts'
import { startMosquitto } from './support/mosquitto.ts'
import { startPostgres } from './support/postgres.ts'
import { eventually } from './support/program.ts'
import { startRedis } from './support/redis.ts'
import { startProgram } from './support/start-program.ts'
import { stoppedAfterTest, terminate } from './up/begin.ts'

const redis = findExecutable('redis-server')
const postgres = findExecutable('postgres')
const mosquitto = findExecutable('mosquitto')
const timeout = 180_000

let dataDir: string
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'forewarn-start-stop-'))
})
afterAll(() => rm(dataDir, { recursive: true, force: true }))

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
