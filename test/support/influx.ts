import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitUntilResponding } from './http.ts'
import { freePort } from './ports.ts'
import { createRestartable, type Restartable } from './restartable.ts'

export interface Influx extends Restartable {
  readonly url: string
}

/**
 * A real InfluxDB 1 on a free loopback port, with its data in a folder of its own.
 * @param executable from `findPart('influxd')`
 * @param env further settings, e.g. `{ INFLUXDB_HTTP_AUTH_ENABLED: 'true' }`
 */
export async function startInflux(executable: string, env: Record<string, string> = {}): Promise<Influx> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-influx-'))
  const port = await freePort()
  const settings = {
    HOME: folder,
    INFLUXDB_META_DIR: join(folder, 'meta'),
    INFLUXDB_DATA_DIR: join(folder, 'data'),
    INFLUXDB_DATA_WAL_DIR: join(folder, 'wal'),
    INFLUXDB_BIND_ADDRESS: `127.0.0.1:${await freePort()}`,
    INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
    INFLUXDB_HTTP_LOG_ENABLED: 'false',
    INFLUXDB_REPORTING_DISABLED: 'true',
    INFLUXDB_MONITOR_STORE_ENABLED: 'false',
    ...env,
  }
  const url = `http://127.0.0.1:${port}`
  const server = await createRestartable(folder, () => launch(executable, settings, url))
  return { url, ...server }
}

function launch(executable: string, env: Record<string, string>, url: string): Promise<ChildProcess> {
  const child = spawn(executable, ['-config', '/dev/null'], { env, stdio: 'ignore' })
  return waitUntilResponding(child, `${url}/ping`)
}
