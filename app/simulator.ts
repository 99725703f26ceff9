import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { FleetProgress, FleetReport } from '../device-sim/fleet-options.ts'
import { ExpectedError } from '../lib/expected-error.ts'
import { packageRoot } from '../lib/package-root.ts'

/** Message from `forewarn simulate` to its parent process. */
export type SimulatorMessage =
  | { type: 'progress'; progress: FleetProgress }
  | { type: 'report'; report: FleetReport }

/** Message from the parent: every notice has been delivered to the phones. */
export interface SimulatorCommand {
  type: 'finish'
}

export interface FleetSize {
  devices: number
  /** Simulated days before the end. */
  days: number
  seed: number
}

export function describeProgress({ phase, simulatedUntil, readings }: FleetProgress): string {
  return `${phase}, ${new Date(simulatedUntil).toISOString().slice(0, 10)}, ${readings.toLocaleString('en')} readings`
}

export interface SimulatorOptions {
  fleet: FleetSize
  /** Further arguments of `forewarn simulate`. */
  args: readonly string[]
  onProgress(progress: FleetProgress): void
}

/** Simulated fleet in a process of its own, which gets nothing from this one but the URL of the broker. */
export interface Simulator {
  /** Resolves when the past is published and acknowledged. Rejects with a SimulatorError when the process ends before. */
  caughtUp: Promise<unknown>
  /** Rejects when the process ends unexpectedly. */
  ended: Promise<void>
  /** Disconnect the phones and return the report of the fleet. @throws SimulatorError */
  finish(): Promise<FleetReport>
  /** End the process, if it still runs, without a report. */
  kill(): void
}

class SimulatorError extends ExpectedError {
  override readonly name = 'SimulatorError'
}

export function startSimulator({ fleet, args, onProgress }: SimulatorOptions): Simulator {
  const { devices, days, seed } = fleet
  const size = ['--devices', `${devices}`, '--days', `${days}`, '--seed', `${seed}`]
  const child = fork(join(packageRoot, 'bin', 'forewarn.js'), ['simulate', ...size, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const exit = waitForExit(child)
  let stopRequested = false
  const waitForMessage = <T>(pick: (message: SimulatorMessage) => T | undefined): Promise<T> => {
    const promise = new Promise<T>((resolve, reject) => {
      child.on('message', (message: SimulatorMessage) => {
        const picked = pick(message)
        if (picked !== undefined) resolve(picked)
      })
      exit.then(reject)
    })
    // Avoids an unhandled rejection: `ended` and `finish` report the end as well.
    promise.catch(() => undefined)
    return promise
  }
  const caughtUp = waitForMessage((message) => {
    if (message.type !== 'progress') return undefined
    onProgress(message.progress)
    const { phase } = message.progress
    return phase === 'live' || phase === 'draining' || undefined
  })
  const report = waitForMessage((message) => (message.type === 'report' ? message.report : undefined))
  return {
    caughtUp,
    ended: exit.then((error) => {
      if (!stopRequested) throw error
    }),
    finish: async () => {
      stopRequested = true
      if (child.connected) child.send({ type: 'finish' } satisfies SimulatorCommand)
      const result = await report
      await exit
      return result
    },
    kill: () => {
      stopRequested = true
      child.kill('SIGKILL')
    },
  }
}

/** Resolves when the process has ended, with the error for pending calls. */
async function waitForExit(child: ChildProcess): Promise<SimulatorError> {
  let stderrTail = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderrTail = (stderrTail + chunk.toString()).slice(-2_000)
  })
  const code = await new Promise((resolve) => {
    child.on('close', (exitCode, signal) => resolve(exitCode ?? signal))
    child.on('error', resolve)
  })
  return new SimulatorError(`the simulator exited (${code}); stderr: ${stderrTail.trim() || 'empty'}`)
}
