import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { eventually, Program } from './program.ts'

export interface RunningUp {
  program: Program
  httpUrl: string
  mqttUrl: string
}

/** `forewarn up` on embedded parts, free ports and a folder of its own, for one test. */
export async function startUp(env: Record<string, string> = {}): Promise<RunningUp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-up-'))
  const free = { FOREWARN_DATA_DIR: dataDir, FOREWARN_HTTP_PORT: '0', FOREWARN_MQTT_PORT: '0' }
  const program = new Program(['up'], { ...free, ...env })
  onTestFinished(async () => {
    await program.end('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  })
  const [, httpUrl = '', mqttUrl = ''] = await eventually(async () => {
    if (program.child.exitCode !== null) throw new Error(`up ended: ${program.stderr}`)
    return /(http:\/\/\S+), devices publish to (mqtt:\/\/\S+)\. /.exec(program.stderr) ?? undefined
  })
  return { program, httpUrl, mqttUrl }
}
