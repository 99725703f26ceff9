import { type ExternalExecutable, findExecutable } from '../support/executables.ts'
import { startInflux } from '../support/influx.ts'
import { startMosquitto } from '../support/mosquitto.ts'
import { startPostgres } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import type { Restartable } from '../support/restartable.ts'

/** What the program needs around it; `redis` has the queues, and `journal` is a Redis of its own. */
export type Backend = 'broker' | 'journal' | 'redis' | 'postgres' | 'influx'

export interface RunningBackend extends Restartable {
  readonly url: string
}

/** A part that is asked for is not installed. */
class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'

  constructor(part: ExternalExecutable) {
    super(`${part} is not installed`)
  }
}

interface BackendSpec {
  part: ExternalExecutable
  /** The environment variable in which the program finds it. */
  variable: string
  /** What else the program is told. */
  env?: Record<string, string>
  start(executable: string): Promise<RunningBackend>
}

/** As in deploy/mosquitto.conf. What the broker has not saved when it is killed, it has forgotten. */
const mosquittoConfig = ['autosave_interval 10', 'max_queued_messages 0', 'max_inflight_messages 1000']

/** What production runs on, each with the settings that its documentation here asks for. */
const backendSpecs: Record<Backend, BackendSpec> = {
  broker: {
    part: 'mosquitto',
    variable: 'MQTT_URL',
    start: (executable) => startMosquitto({ executable, config: mosquittoConfig }),
  },
  journal: {
    part: 'redis-server',
    variable: 'JOURNAL_REDIS_URL',
    env: { JOURNAL: 'redis' },
    start: (executable) => startRedis(executable, { appendfsync: 'always' }),
  },
  redis: {
    part: 'redis-server',
    variable: 'REDIS_URL',
    start: (executable) => startRedis(executable, { appendfsync: 'always' }),
  },
  postgres: { part: 'postgres', variable: 'DATABASE_URL', start: startPostgres },
  influx: { part: 'influxd', variable: 'INFLUX_URL', start: startInflux },
}

export const backends = Object.keys(backendSpecs) as Backend[]

export function areBackendsInstalled(): boolean {
  return backends.every((backend) => findExecutable(backendSpecs[backend].part) !== undefined)
}

/** What the program is told of a backend at this address. */
export function backendSettings(backend: Backend, url: string): Record<string, string> {
  const { variable, env } = backendSpecs[backend]
  return { [variable]: url, ...env }
}

/** @throws NotInstalledError */
export async function startBackend(backend: Backend): Promise<RunningBackend> {
  const { part, start } = backendSpecs[backend]
  const executable = findExecutable(part)
  if (executable === undefined) throw new NotInstalledError(part)
  return start(executable)
}
