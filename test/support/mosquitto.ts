import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './ports.ts'

export interface MosquittoOptions {
  /** Path of the executable, from `findPart('mosquitto')`. */
  executable: string
  /** Further lines of mosquitto.conf, e.g. `max_keepalive 10`. */
  config?: readonly string[]
}

export interface Mosquitto {
  readonly url: string
  /** Ends it in order and removes its folder. */
  stop(): Promise<void>
  /** Ends it with SIGKILL, as a power failure would; `restart` brings it back. */
  kill(): Promise<void>
  /** Starts it again on the same port with what it had saved. */
  restart(): Promise<void>
  /** Keeps it from answering, with its connections open, until `resume`. */
  pause(): void
  resume(): void
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

  let child = await launch(options.executable, configFile, port)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return {
    url: `mqtt://127.0.0.1:${port}`,
    async stop() {
      await end('SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM')
      child = await launch(options.executable, configFile, port)
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  }
}

async function launch(executable: string, configFile: string, port: number): Promise<ChildProcess> {
  const child = spawn(executable, ['-c', configFile], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`mosquitto ended at once: ${said}`)
    await sleep(20)
  }
  return child
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
