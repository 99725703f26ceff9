import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import type { ConstantLoadDevices } from '../support/constant-load-devices.ts'
import { type ExternalExecutable, findExecutable } from '../support/executables.ts'
import { startInflux } from '../support/influx.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { startPostgres } from '../support/postgres.ts'
import { eventually } from '../support/program.ts'
import { startRedis } from '../support/redis.ts'
import type { Restartable } from '../support/restartable.ts'
import type { RunningProgram } from '../support/start-program.ts'

interface Check {
  name: string
  state: 'healthy' | 'degraded' | 'down'
  detail: string
  impact?: string
  remedy?: string
}

/** What a running program says of itself. */
export class Watched {
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
    const wrong = checks.filter(({ state }) => state !== 'healthy')
    return { status: response.status, wrong: new Map(wrong.map((check) => [check.name, check])) }
  }

  async get<T>(path: string): Promise<T> {
    return (await (await fetch(this.#url + path)).json()) as T
  }
}

/** Until devices have been acknowledged nothing for a second. */
export async function silence(devices: ConstantLoadDevices): Promise<void> {
  for (let before = -1; before !== devices.acknowledged; await sleep(1_000)) before = devices.acknowledged
}

/** Until so many more were acknowledged. */
export function acknowledges(devices: ConstantLoadDevices, more: number): Promise<true> {
  const before = devices.acknowledged
  return eventually(async () => devices.acknowledged >= before + more || undefined)
}

/** All that was acknowledged, and nothing twice, is in the series, and no consumer is behind: without a restart. */
export async function caughtUp(watched: Watched, devices: ConstantLoadDevices): Promise<void> {
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

export async function startPart(part: ExternalExecutable): Promise<Restartable & { url: string }> {
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
