import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { packageRoot } from './package-root.ts'

/** What `forewarn simulate` tells a parent process over the channel between them. */
export type SimulatorMessage =
  | { type: 'progress'; done: number; text: string }
  /** Everything of the past is published and acknowledged. */
  | { type: 'caught_up' }
  | { type: 'report'; report: SimulatorReport }

export interface SimulatorReport {
  devices: number
  acked: number
  noticesReceived: number
  duplicateNotices: number
}

export interface SimulatorOptions {
  /** Arguments of `forewarn simulate`. */
  args: readonly string[]
  onProgress(done: number, text: string): void
}

/** A simulated fleet in a process of its own, which knows nothing of this one but the broker's address. */
export interface Simulator {
  /** Resolves when the fleet has caught up. @throws SimulatorError when it ended before. */
  caughtUp: Promise<void>
  /** Lets the phones hang up, and gives the fleet's own account. @throws SimulatorError */
  stop(): Promise<SimulatorReport>
}

export class SimulatorError extends Error {
  override readonly name = 'SimulatorError'
}

export function startSimulator({ args, onProgress }: SimulatorOptions): Simulator {
  const child = fork(join(packageRoot, 'bin', 'forewarn.js'), ['simulate', ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const ended = endOf(child)
  const report = new Promise<SimulatorReport>((resolve, reject) => {
    child.on('message', (message: SimulatorMessage) => {
      if (message.type === 'report') resolve(message.report)
    })
    ended.then((error) => reject(error))
  })
  const caughtUp = new Promise<void>((resolve, reject) => {
    child.on('message', (message: SimulatorMessage) => {
      if (message.type === 'progress') onProgress(message.done, message.text)
      if (message.type === 'caught_up') resolve()
    })
    ended.then((error) => reject(error))
  })
  // Whoever does not wait for these learns of a failure from stop().
  report.catch(() => undefined)
  caughtUp.catch(() => undefined)
  return {
    caughtUp,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      return report
    },
  }
}

/** Resolves when the process has ended, with what to tell whoever still waits for something from it. */
async function endOf(child: ChildProcess): Promise<SimulatorError> {
  let complaints = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-2_000)
  })
  const code = await new Promise((resolve) => {
    child.on('close', (exitCode, signal) => resolve(exitCode ?? signal))
    child.on('error', resolve)
  })
  return new SimulatorError(`the simulator ended (${code}): ${complaints.trim()}`)
}
