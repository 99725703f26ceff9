import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, Program } from '../support/program.ts'

/** `forewarn up` in a process of its own, with embedded parts and a folder of its own. */
export interface FuzzTarget {
  pid: number
  httpUrl: string
  mqttPort: number
  /** In words what is wrong with the process: it ended, or complained of itself. */
  failureReason(): string | undefined
  /** One number of its metrics. */
  metric(name: string): Promise<number>
  /** Its open files; undefined where the system does not tell. */
  openFiles(): Promise<number | undefined>
  stop(): Promise<string | undefined>
}

/** The program did not start. */
class FuzzTargetError extends Error {
  override readonly name = 'FuzzTargetError'
}

const errorPattern = /^\s+at .+:\d+:\d+|Uncaught|UnhandledPromise|Warning: |FATAL ERROR/m

export async function startFuzzTarget(): Promise<FuzzTarget> {
  const dataDir = await mkdtemp(join(tmpdir(), 'forewarn-fuzz-'))
  const program = new Program(['up', '--json'], {
    FOREWARN_DATA_DIR: dataDir,
    FOREWARN_HTTP_PORT: '0',
    FOREWARN_MQTT_PORT: '0',
  })
  const { child } = program
  const [, httpUrl = '', mqttUrl = ''] = await eventually(async () => {
    if (child.exitCode !== null) throw new FuzzTargetError(`the program ended: ${program.stderr}`)
    return /(http:\/\/\S+), devices publish to (mqtt:\/\/[^"\s]+)"/.exec(program.stderr) ?? undefined
  })
  const failureReason = () => {
    if (child.exitCode !== null || child.signalCode !== null) {
      return `the program ended (${child.exitCode ?? child.signalCode}): ${program.stderr.slice(-2_000)}`
    }
    const complaint = errorPattern.exec(program.stderr)
    return complaint === null
      ? undefined
      : `it complained: ${program.stderr.slice(complaint.index - 500, complaint.index + 1_000)}`
  }
  return {
    pid: child.pid ?? 0,
    httpUrl,
    mqttPort: Number(new URL(mqttUrl).port),
    failureReason,
    async metric(name) {
      const text = await (await fetch(`${httpUrl}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    },
    async openFiles() {
      if (process.platform !== 'linux') return undefined
      return (await readdir(`/proc/${child.pid}/fd`)).length
    },
    async stop() {
      const before = failureReason()
      const { code } = await program.terminate('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
      return before ?? (code === 0 ? undefined : `it ended with ${code}: ${program.stderr.slice(-2_000)}`)
    },
  }
}
