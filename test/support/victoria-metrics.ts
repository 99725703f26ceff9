import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitUntilResponding } from './http.ts'
import { freePort } from './ports.ts'
import { createRestartable, type Restartable } from './restartable.ts'

export interface VictoriaMetrics extends Restartable {
  readonly url: string
}

/**
 * A real VictoriaMetrics on a free loopback port, which takes what is written to InfluxDB 2.
 * @param executable from `findPart('victoria-metrics')`
 */
export async function startVictoriaMetrics(executable: string): Promise<VictoriaMetrics> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-victoria-'))
  const address = `127.0.0.1:${await freePort()}`
  const place = [`-httpListenAddr=${address}`, `-storageDataPath=${folder}`]
  const args = [...place, '-retentionPeriod=100y', '-loggerLevel=ERROR']
  const url = `http://${address}`
  const server = await createRestartable(folder, () => launch(executable, args, url))
  return { url, ...server }
}

function launch(executable: string, args: string[], url: string): Promise<ChildProcess> {
  return waitUntilResponding(spawn(executable, args, { stdio: 'ignore' }), `${url}/health`)
}
