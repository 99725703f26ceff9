import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.ts'
import { createRestartable, type Restartable } from './restartable.ts'

export interface MosquittoOptions {
  /** Path of the executable, from `findPart('mosquitto')`. */
  executable: string
  /** Further lines of mosquitto.conf, e.g. `max_keepalive 10`. */
  config?: readonly string[]
}

export interface Mosquitto extends Restartable {
  readonly url: string
}

/** A real Mosquitto on a free loopback port, with persistence in a folder of its own. */
export async function startMosquitto(options: MosquittoOptions): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-mosquitto-'))
  const port = await freePort()
  const configFile = join(folder, 'mosquitto.conf')
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    // Without it Mosquitto run as root changes to a user that may not write here.
    'user root',
    'log_type error',
    ...(options.config ?? []),
  ]
  await writeFile(configFile, `${lines.join('\n')}\n`)

  const server = await createRestartable(folder, () => launch(options.executable, configFile, port))
  return { url: `mqtt://127.0.0.1:${port}`, ...server }
}

async function launch(executable: string, configFile: string, port: number): Promise<ChildProcess> {
  const child = spawn(executable, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  while (!(await acceptsConnections(port))) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended at once: ${said}`)
    await sleep(20)
  }
  return child
}

function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
