import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { FleetConditions } from '../device-sim/conditions/fleet-conditions.ts'
import type { FleetProgress, FleetReport } from '../device-sim/fleet-options.ts'
import { ExpectedError } from '../lib/expected-error.ts'
import { packageRoot } from '../lib/package-root.ts'
import { race } from '../lib/race.ts'

/** Message from `forewarn simulate` to its parent process. */
export type SimulatorMessage =
  /** Everything until `at` is acknowledged; the fleet waits, and then sends until `next`, ms. */
  | { type: 'time'; at: number; next: number }
  | { type: 'progress'; progress: FleetProgress }
  | { type: 'report'; report: FleetReport }

/** Message from the parent. */
export type SimulatorCommand =
  /** Every notice has been delivered to the phones. */
  | { type: 'finish' }
  /** The fleet may continue after a `time`. */
  | { type: 'continue' }

export interface FleetSize {
  devices: number
  /** Simulated days before the end. */
  days: number
  seed: number
  like: FleetConditions['like']
}

export function describeProgress({ phase, simulatedUntil, readings }: FleetProgress): string {
  return `${phase}, ${new Date(simulatedUntil).toISOString().slice(0, 10)}, ${readings.toLocaleString('en')} readings`
}

export interface SimulatorOptions {
  fleet: FleetSize
  /** Further arguments of `forewarn simulate`. */
  args: readonly string[]
  /** Let time pass; the fleet waits for it. Needs `--paced`. */
  passTime?(at: number, next: number): Promise<void>
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

export function startSimulator({ fleet, args, onProgress, passTime }: SimulatorOptions): Simulator {
  const { devices, days, seed, like } = fleet
  const size = ['--devices', `${devices}`, '--days', `${days}`, '--seed', `${seed}`, '--like', like]
  const child = fork(join(packageRoot, 'bin', 'forewarn.js'), ['simulate', ...size, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const exit = waitForExit(child)
  let stopRequested = false
  const timeFailed = new Promise<never>((_, reject) => {
    child.on('message', (message: SimulatorMessage) => {
      if (message.type !== 'time') return
      const passed = passTime?.(message.at, message.next) ?? Promise.resolve()
      passed.then(() => {
        if (child.connected) child.send({ type: 'continue' } satisfies SimulatorCommand)
      }, reject)
    })
  })
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
  const arrived = waitForMessage((message) => {
    if (message.type !== 'progress') return undefined
    onProgress(message.progress)
    const { phase } = message.progress
    return phase === 'live' || phase === 'draining' || undefined
  })
  const caughtUp = race([arrived, timeFailed])
  caughtUp.catch(() => undefined)
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
