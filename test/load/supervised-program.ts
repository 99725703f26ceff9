import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../support/ports.ts'
import { Program } from '../support/program.ts'

/** The program ended, or never answered; the message ends with what it said last. */
class ProgramError extends Error {
  override readonly name = 'ProgramError'
}

const restartPauseMs = 1_000
const startTimeoutMs = 60_000

/** `forewarn up` on fixed ports, started again whenever it ends, as systemd or a container's policy does. */
export class SupervisedProgram {
  readonly httpUrl: string
  readonly mqttUrl: string
  /** Times that it ended without being told to. */
  unexpectedExits = 0
  readonly #env: Record<string, string>
  #program: Program | undefined
  #watching: Promise<void> = Promise.resolve()
  #wanted = false

  static async start(env: Record<string, string>): Promise<SupervisedProgram> {
    const [http, mqtt] = [await freePort(), await freePort()]
    const program = new SupervisedProgram(env, { http, mqtt })
    program.#start()
    try {
      await program.#waitUntilHealthy()
    } catch (error) {
      await program.stop()
      throw error
    }
    return program
  }

  private constructor(env: Record<string, string>, { http, mqtt }: { http: number; mqtt: number }) {
    this.httpUrl = `http://127.0.0.1:${http}`
    this.mqttUrl = env.MQTT_URL ?? `mqtt://127.0.0.1:${mqtt}`
    this.#env = { ...env, FOREWARN_HTTP_PORT: `${http}`, FOREWARN_MQTT_PORT: `${mqtt}` }
  }

  get pid(): number | undefined {
    return this.#program?.child.pid
  }

  /** What it said last. */
  get stderrTail(): string {
    return (this.#program?.stderr ?? '').trimEnd().split('\n').slice(-5).join('\n')
  }

  /** Ends it with SIGKILL, and leaves it so until `restart`. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async restart(): Promise<void> {
    await this.stop()
    this.#start()
  }

  pause(): void {
    this.#program?.child.kill('SIGSTOP')
  }

  resume(): void {
    this.#program?.child.kill('SIGCONT')
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.resume()
    await this.#end('SIGTERM')
  }

  #start(): void {
    this.#wanted = true
    this.#watching = this.#watch()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#wanted = false
    await this.#program?.terminate(signal)
    await this.#watching
  }

  async #watch(): Promise<void> {
    while (this.#wanted) {
      this.#program = new Program(['up', '--json'], this.#env)
      await this.#program.waitForExit()
      if (!this.#wanted) return
      this.unexpectedExits += 1
      await sleep(restartPauseMs)
    }
  }

  async #waitUntilHealthy(): Promise<void> {
    const until = Date.now() + startTimeoutMs
    for (;;) {
      const answer = await fetch(`${this.httpUrl}/healthz`).catch(() => undefined)
      if (answer?.ok) return
      if (this.unexpectedExits > 0 || Date.now() > until)
        throw new ProgramError(`the program did not start: ${this.stderrTail}`)
      await sleep(100)
    }
  }
}
