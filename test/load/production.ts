import { startMosquitto } from '../support/mosquitto.ts'
import { findPart, type Part } from '../support/parts.ts'
import { startPostgres } from '../support/postgres.ts'
import { startRedis } from '../support/redis.ts'
import type { Restartable } from '../support/restartable.ts'

export type Backend = 'broker' | 'redis' | 'postgres'

export interface RunningBackend extends Restartable {
  readonly url: string
}

/** A part that is asked for is not installed. */
export class NotInstalledError extends Error {
  override readonly name = 'NotInstalledError'

  constructor(part: Part) {
    super(`${part} is not installed`)
  }
}

interface Recipe {
  part: Part
  /** The environment variable that names it to the program. */
  variable: string
  start(executable: string): Promise<RunningBackend>
}

/** As in deploy/mosquitto.conf. What the broker has not saved when it is killed, it has forgotten. */
const mosquittoConfig = ['autosave_interval 10', 'max_queued_messages 0', 'max_inflight_messages 1000']

/** What production runs on, each with the settings that its documentation here asks for. */
const recipes: Record<Backend, Recipe> = {
  broker: {
    part: 'mosquitto',
    variable: 'MQTT_URL',
    start: (executable) => startMosquitto({ executable, config: mosquittoConfig }),
  },
  redis: {
    part: 'redis-server',
    variable: 'REDIS_URL',
    start: (executable) => startRedis(executable, { appendfsync: 'always' }),
  },
  postgres: { part: 'postgres', variable: 'DATABASE_URL', start: startPostgres },
}

export const backends = Object.keys(recipes) as Backend[]

export function hasBackends(): boolean {
  return backends.every((backend) => findPart(recipes[backend].part) !== undefined)
}

/** The environment variable in which the program finds a backend. */
export const variableOf = (backend: Backend): string => recipes[backend].variable

/** @throws NotInstalledError */
export async function startBackend(backend: Backend): Promise<RunningBackend> {
  const { part, start } = recipes[backend]
  const executable = findPart(part)
  if (executable === undefined) throw new NotInstalledError(part)
  return start(executable)
}
