import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export type LoadCommand =
  | {
      type: 'connect'
      port: number
      connections: number
      /** Devices over all connections; each connection sends for its share by turns. */
      devices: number
      historyStart: number
      boot: number
      /** Whether devices announce themselves. */
      announce: boolean
    }
  /** One message of each device, with a reading for each of these times, ms since 1970 UTC. */
  | { type: 'history'; times: readonly number[] }
  /** As fast as the server acknowledges. */
  | { type: 'full'; inFlight: number; seconds: number; maxReadings: number }
  | { type: 'paced'; readingsPerSecond: number; seconds: number }

export interface LoadResult {
  sent: number
  acknowledged: number
  /** From the first message to the last acknowledgement. */
  seconds: number
  /** CPU time of the load itself. */
  cpuSeconds: number
  pubackP50Ms: number
  pubackP99Ms: number
}

/** The load generator has failed, or a server broke the protocol. */
class LoadError extends Error {
  override readonly name = 'LoadError'
}

interface Reply {
  result?: LoadResult
  error?: string
}

/** Devices in a process of their own. */
export class Load {
  readonly #process: ChildProcess = fork(new URL('./load-process.ts', import.meta.url))
  readonly #exit = once(this.#process, 'exit')
  #reply: (reply: Reply) => void = () => undefined
  #ended = false

  constructor() {
    this.#process.on('message', (reply: Reply) => this.#reply(reply))
    this.#process.once('exit', () => {
      this.#ended = true
      this.#reply({ error: 'the load generator ended; its error is above' })
    })
  }

  /** @throws LoadError */
  async run(command: LoadCommand): Promise<LoadResult> {
    if (this.#ended) throw new LoadError('the load generator has ended')
    const { result, error } = await new Promise<Reply>((resolve) => {
      this.#reply = resolve
      this.#process.send(command)
    })
    if (!result) throw new LoadError(error ?? 'no result')
    return result
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exit
  }
}
