import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname, '..', '..')

export interface ProgramExit {
  code: number | null
  stdout: string
  stderr: string
}

/** The built program as a process of its own, with only the given settings from the environment. */
export class Program {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly #closed: Promise<unknown>

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [join(root, 'bin', 'forewarn.js'), ...args], {
      cwd: root,
      env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#closed = once(this.child, 'close')
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString()
    })
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString()
    })
  }

  async waitForExit(): Promise<ProgramExit> {
    await this.#closed
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr }
  }

  async terminate(signal: NodeJS.Signals): Promise<ProgramExit> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal)
    return this.waitForExit()
  }

  /** The JSON object on the last line of standard output. */
  result<T>(): T {
    return JSON.parse(this.stdout.trimEnd().split('\n').at(-1) ?? '') as T
  }
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Program> {
  const program = new Program(args, env)
  await program.waitForExit()
  return program
}

/** Asks until the answer is there; what it takes is bounded by the test's own timeout. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(50)
  }
}
