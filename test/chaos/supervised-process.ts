import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Program } from '../support/program.ts'
import type { FaultableServer } from './inject-fault.ts'

/** The program ended without being told to, or not well. */
export interface UnexpectedExit {
  code: number | null
  signal: NodeJS.Signals | null
  /** The end of what it said. */
  stderrTail: string
}

const restartAfterMs = 200
const stderrTailLines = 12

/** The built program, started again whenever it ends, as by systemd with `Restart=always`. */
export class SupervisedProcess implements FaultableServer {
  readonly unexpectedExits: UnexpectedExit[] = []
  readonly #env: Record<string, string>
  readonly #stderr: string[] = []
  #program: Program
  #isStopping = false
  #running: Promise<void>

  /** @param firstEnv further settings of the first process, not of those that follow it */
  constructor(env: Record<string, string>, firstEnv: Record<string, string> = {}) {
    this.#env = env
    this.#program = this.#launch(firstEnv)
    this.#running = this.#watch()
  }

  /** What all processes said on standard error, one after the other. */
  get stderr(): string {
    return [...this.#stderr, this.#program.stderr].join('')
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** In order: SIGTERM. After a kill it is back already or soon. */
  async restart(): Promise<void> {
    if (!this.#isStopping) await this.stop()
    this.#isStopping = false
    this.#program = this.#launch()
    this.#running = this.#watch()
  }

  pause(): void {
    this.#program.child.kill('SIGSTOP')
  }

  resume(): void {
    this.#program.child.kill('SIGCONT')
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    const { child, stderr } = this.#program
    if (child.exitCode !== null && child.exitCode !== 0) this.#note(child, stderr)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#isStopping = true
    await this.#program.terminate(signal)
    await this.#running
  }

  #launch(more: Record<string, string> = {}): Program {
    return new Program(['up', '--json'], { ...this.#env, ...more })
  }

  async #watch(): Promise<void> {
    for (;;) {
      const { child } = this.#program
      const { stderr } = await this.#program.waitForExit()
      this.#stderr.push(stderr)
      if (this.#isStopping) return
      this.#note(child, stderr)
      await sleep(restartAfterMs)
      if (this.#isStopping) return
      this.#program = this.#launch()
    }
  }

  #note({ exitCode: code, signalCode: signal }: ChildProcess, stderr: string): void {
    this.unexpectedExits.push({
      code,
      signal,
      stderrTail: stderr.trimEnd().split('\n').slice(-stderrTailLines).join('\n'),
    })
  }
}
