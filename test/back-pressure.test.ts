import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ConstantLoadDevices } from './support/constant-load-devices.ts'
import { type ExternalExecutable, findExecutable } from './support/executables.ts'
import { startInflux } from './support/influx.ts'
import { startMosquitto } from './support/mosquitto.ts'
import { startPostgres } from './support/postgres.ts'
import { eventually } from './support/program.ts'
import { startRedis } from './support/redis.ts'
import type { Restartable } from './support/restartable.ts'
import { type RunningProgram, startProgram } from './support/start-program.ts'

const timeout = 240_000
/** Of util-linux: changes the limits of a process that runs. */
const prlimit = '/usr/bin/prlimit'
const smallJournal = { FOREWARN_JOURNAL_MAX_BYTES: '512KiB', FOREWARN_JOURNAL_KEEP_ENTRIES: '1000' }

interface Check {
  name: string
  state: 'fine' | 'impaired' | 'stopped'
  detail: string
  impact?: string
  remedy?: string
}

/** What a running program says of itself. */
class Watched {
  readonly #url: string

  constructor({ httpUrl }: RunningProgram) {
    this.#url = httpUrl
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.#url}/metrics`)).text()
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    )
  }

  /** What is wrong, by part, and the status of the answer; it comes within two seconds. */
  async readiness(): Promise<{ status: number; wrong: Map<string, Check> }> {
    const response = await fetch(`${this.#url}/readyz`, { signal: AbortSignal.timeout(2_500) })
    const { checks } = (await response.json()) as { checks: Check[] }
    const wrong = checks.filter(({ state }) => state !== 'fine')
    return { status: response.status, wrong: new Map(wrong.map((check) => [check.name, check])) }
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.#url + path)).json()) as T
  }
}

/** Until devices have been acknowledged nothing for a second. */
async function silence(devices: ConstantLoadDevices): Promise<void> {
  for (let before = -1; before !== devices.acknowledged; await sleep(1_000)) before = devices.acknowledged
}

/** Until so many more were acknowledged. */
function acknowledges(devices: ConstantLoadDevices, more: number): Promise<true> {
  const before = devices.acknowledged
  return eventually(async () => devices.acknowledged >= before + more || undefined)
}

/** All that was acknowledged, and nothing twice, is in the series, and nobody is behind: without a restart. */
async function caughtUp(watched: Watched, devices: ConstantLoadDevices): Promise<void> {
  await devices.finish()
  // A broker that has acknowledged readings may still have some of them.
  const stored = () => watched.metric('forewarn_readings_stored_total')
  await eventually(async () => (await stored()) >= devices.acknowledged || undefined)
  await eventually(async () => {
    const lags = ['series', 'rules', 'records'].map((name) =>
      watched.metric(`forewarn_consumer_lag_entries{consumer="${name}"}`),
    )
    return (await Promise.all(lags)).every((lag) => lag === 0) || undefined
  })
  expect(await stored()).toBe(devices.acknowledged)
  expect(await watched.metric('forewarn_series_values')).toBe(devices.acknowledged)
  await eventually(async () => (await watched.readiness()).wrong.size === 0 || undefined)
}

async function startPart(part: ExternalExecutable): Promise<Restartable & { url: string }> {
  const executable = findExecutable(part) ?? ''
  const start = {
    postgres: () => startPostgres(executable),
    influxd: () => startInflux(executable),
    'redis-server': () => startRedis(executable, { appendfsync: 'always' }),
    mosquitto: () => startMosquitto({ executable, config: ['max_queued_messages 0'] }),
  }[part as 'postgres' | 'influxd' | 'redis-server' | 'mosquitto']
  const running = await start()
  onTestFinished(() => running.stop())
  return running
}

const holdingUp = [
  ['postgres', 'DATABASE_URL', 'killed', 'records'],
  ['postgres', 'DATABASE_URL', 'paused', 'records'],
  ['influxd', 'INFLUX_URL', 'killed', 'series'],
  ['influxd', 'INFLUX_URL', 'paused', 'series'],
] as const

for (const [part, variable, way, name] of holdingUp) {
  describe.skipIf(findExecutable(part) === undefined)(`${part} ${way}`, () => {
    it('slows devices down, then holds them up, loses nothing, and all catches up by itself', {
      timeout,
    }, async () => {
      const backend = await startPart(part)
      const up = await startProgram({ ...smallJournal, [variable]: backend.url })
      const watched = new Watched(up)
      const devices = await ConstantLoadDevices.start(up.mqttUrl, 10)
      await acknowledges(devices, 1_000)
      if (way === 'killed') await backend.kill()
      else backend.pause()
      await devices.announce()

      const impaired = await eventually(async () => (await watched.readiness()).wrong.get(name))
      expect(impaired).toMatchObject({ state: 'impaired', remedy: expect.any(String) })
      expect(impaired.impact).toMatch(/kept in the journal, \d+ % full; nothing is lost/)
      let slowest = 0
      const full = await eventually(async () => {
        slowest = Math.max(slowest, await watched.metric('forewarn_acceptance_pause_seconds'))
        const { status, wrong } = await watched.readiness()
        return status === 503 ? wrong.get('journal') : undefined
      })
      expect(slowest).toBeGreaterThan(0)
      expect(full).toMatchObject({ state: 'stopped', detail: expect.stringMatching(/^full with/) })
      expect(full.impact).toContain('devices are not acknowledged, keep their readings')
      await silence(devices)
      expect(devices.acknowledged).toBe(await watched.metric('forewarn_readings_stored_total'))

      if (way === 'killed') await backend.restart()
      else backend.resume()
      await acknowledges(devices, 1_000)
      await caughtUp(watched, devices)
      expect((await up.program.terminate('SIGTERM')).code).toBe(0)
    })
  })
}

describe.skipIf(findExecutable('influxd') === undefined)('while the series are away', () => {
  it('the newest accepted values of a device are shown, and how far the charts are behind', {
    timeout,
  }, async () => {
    const influx = await startPart('influxd')
    const up = await startProgram({ INFLUX_URL: influx.url })
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(up.mqttUrl, 1)
    await acknowledges(devices, 100)
    await influx.kill()
    await acknowledges(devices, 100)
    await devices.finish()
    type Shown = { latest: { value: number }[]; seriesBehind: number }
    const { latest, seriesBehind } = await watched.get<Shown>('/api/devices/phone-0')
    expect(latest).toMatchObject([{ metric: 'battery_cycles', value: (devices.acknowledged - 1) % 1_000 }])
    expect(seriesBehind).toBeGreaterThanOrEqual(100)
    await influx.restart()
    await caughtUp(watched, devices)
    expect((await watched.get<Shown>('/api/devices/phone-0')).seriesBehind).toBe(0)
  })
})

describe.skipIf(findExecutable('redis-server') === undefined)('Redis with the queues away', () => {
  it.each(['killed', 'paused'])('%s: devices go on, what is away is told', { timeout }, async (way) => {
    const redis = await startPart('redis-server')
    const up = await startProgram({ REDIS_URL: redis.url })
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(up.mqttUrl, 5)
    await acknowledges(devices, 500)
    if (way === 'killed') await redis.kill()
    else redis.pause()
    await eventually(async () => (await watched.readiness()).wrong.get('queues'))
    await acknowledges(devices, 500)
    expect((await watched.readiness()).status).toBe(200)
    if (way === 'killed') await redis.restart()
    else redis.resume()
    await caughtUp(watched, devices)
  })
})

describe.skipIf(findExecutable('mosquitto') === undefined)('the broker away', () => {
  // Killed, Mosquitto forgets what it has acknowledged and not yet saved: that is not ours to keep.
  it.each(['ended', 'paused'])('%s: devices keep what they have, and go on', { timeout }, async (way) => {
    const broker = await startPart('mosquitto')
    const up = await startProgram({ MQTT_URL: broker.url })
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(broker.url, 5)
    await acknowledges(devices, 500)
    if (way === 'ended') {
      await broker.end()
      const { impact } = await eventually(async () => (await watched.readiness()).wrong.get('gateway'))
      expect(impact).toContain('the broker keeps it, or the devices do')
    } else broker.pause()
    await silence(devices)
    if (way === 'ended') await broker.restart()
    else broker.resume()
    await acknowledges(devices, 500)
    await caughtUp(watched, devices)
  })
})

describe.skipIf(!existsSync(prlimit))('a full disk of all embedded parts', () => {
  it('holds devices up and loses nothing; all goes on as soon as there is room', { timeout }, async () => {
    const up = await startProgram()
    const watched = new Watched(up)
    const devices = await ConstantLoadDevices.start(up.mqttUrl, 5)
    await acknowledges(devices, 500)
    const { pid } = up.program.child
    const limit = (size: string) => execFileSync(prlimit, ['--pid', `${pid}`, `--fsize=${size}`])
    // No file may become larger: the next page of the journal does not fit.
    limit(`${(await stat(join(up.dataDir, 'journal', 'data.mdb'))).size}:`)
    const { detail, remedy } = await eventually(async () => {
      const { status, wrong } = await watched.readiness()
      return status === 503 ? wrong.get('journal') : undefined
    })
    expect(detail).toMatch(/the journal could not be written/)
    expect(remedy).toContain('make room on the disk')
    await silence(devices)
    limit('unlimited:')
    await acknowledges(devices, 500)
    await caughtUp(watched, devices)
    expect((await up.program.terminate('SIGTERM')).code).toBe(0)
  })
})
