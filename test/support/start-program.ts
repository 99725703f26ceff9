import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { eventually, Program } from './program.ts'

export interface RunningProgram {
  program: Program
  dataDir: string
  httpUrl: string
  mqttUrl: string
}

/** `forewarn up` for one test: on free ports, embedded parts and a folder of its own where `env` does not say else. */
export async function startProgram(env: Record<string, string> = {}): Promise<RunningProgram> {
  const dataDir = env.FOREWARN_DATA_DIR ?? (await createTemporaryFolder())
  const free = { FOREWARN_DATA_DIR: dataDir, FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' }
  const program = new Program(['up', '--json'], { ...free, ...env })
  onTestFinished(async () => {
    await program.terminate('SIGKILL')
  })
  const [, httpUrl = '', mqttUrl = ''] = await eventually(async () => {
    if (program.child.exitCode !== null) throw new Error(`up ended: ${program.stderr}`)
    return /(http:\/\/\S+), devices publish to (mqtt:\/\/[^"\s]+)"/.exec(program.stderr) ?? undefined
  })
  return { program, dataDir, httpUrl, mqttUrl }
}

/** Removed after the test, and after the program in it has ended. */
async function createTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarn-up-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
