import type { Worker } from 'node:worker_threads'
import { ExpectedError } from '../../../lib/expected-error.ts'
import { monotonicNow } from '../../../lib/monotonic-clock.ts'
import { startThread } from '../../../lib/threads/start-thread.ts'
import { PgliteSocket } from './socket.ts'
import type { ThreadData, ThreadEvent, ThreadRequest } from './thread-messages.ts'

/** The thread of PGlite ended unexpectedly; later connections get a new one. */
export class PgliteCrashedError extends ExpectedError {
  override readonly name = 'PgliteCrashedError'
}

/** The files of the database could not be copied. */
class PgliteCopyError extends ExpectedError {
  override readonly name = 'PgliteCopyError'
}

/** Minimum time between starts of the thread, so that a full disk is not tried more often. */
const minRestartIntervalMs = 1_000

/** Host of the thread that PGlite runs in. A thread that ended unexpectedly is started again when it is needed. */
export class PgliteThreadHost {
  readonly #data: ThreadData
  readonly #connections = new Map<number, PgliteSocket>()
  readonly #copies = new Map<number, (error: string | undefined) => void>()
  #thread: RunningThread | undefined
  #startedAt = 0
  #lastId = 0

  /** Wait until the database answers. @throws PgliteCrashedError */
  static async start(data: ThreadData): Promise<PgliteThreadHost> {
    const host = new PgliteThreadHost(data)
    await host.#startThread().ready
    return host
  }

  private constructor(data: ThreadData) {
    this.#data = data
  }

  /** Return a socket to the database, with the interface that `pg` expects. */
  connect(): PgliteSocket {
    const id = ++this.#lastId
    const connection = new PgliteSocket({
      open: () => {
        if (this.#thread !== undefined) return this.#post({ type: 'open', id })
        connection.destroy(new PgliteCrashedError('PGlite has ended, and is started again'))
        // The next caller gets the result of this start.
        if (monotonicNow() >= this.#startedAt + minRestartIntervalMs)
          this.#startThread().ready.catch(() => {})
      },
      write: (bytes) => this.#post({ type: 'data', id, bytes }),
      close: () => {
        this.#connections.delete(id)
        this.#post({ type: 'close', id })
      },
    })
    this.#connections.set(id, connection)
    return connection
  }

  /** Copy the database's folder to `target` while it is in use. @throws PgliteCopyError */
  async copyTo(target: string): Promise<void> {
    const id = ++this.#lastId
    const error = await new Promise<string | undefined>((resolve) => {
      if (this.#thread === undefined) return resolve('PGlite has ended, and is started again')
      this.#copies.set(id, resolve)
      this.#post({ type: 'copy', id, target })
    })
    if (error !== undefined) throw new PgliteCopyError(`the records could not be copied: ${error}`)
  }

  /** Close the database, roll back open transactions, and end the thread. */
  async stop(): Promise<void> {
    this.#post({ type: 'shutdown' })
    await this.#thread?.ended
  }

  #endCopy(id: number, error: string | undefined): void {
    this.#copies.get(id)?.(error)
    this.#copies.delete(id)
  }

  #post(message: ThreadRequest): void {
    this.#thread?.worker.postMessage(message)
  }

  #startThread(): RunningThread {
    this.#startedAt = monotonicNow()
    const worker = startPgliteThread(this.#data)
    let cause: unknown
    worker.on('error', (error) => {
      cause = error
    })
    worker.on('message', (message: ThreadEvent) => {
      if (message.type === 'data') this.#connections.get(message.id)?.push(message.bytes)
      else if (message.type === 'closed') this.#connections.get(message.id)?.destroy()
      else if (message.type === 'copied') this.#endCopy(message.id, message.error)
    })
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
    const ready = new Promise<void>((resolve, reject) => {
      worker.once('message', () => resolve())
      worker.once('exit', (code) => {
        const crash = new PgliteCrashedError('PGlite ended on its own', {
          cause: cause ?? `exit code ${code}`,
        })
        reject(crash)
        this.#thread = undefined
        for (const connection of this.#connections.values()) connection.destroy(crash)
        for (const id of this.#copies.keys()) this.#endCopy(id, crash.message)
      })
    })
    this.#thread = { worker, ready, ended }
    return this.#thread
  }
}

interface RunningThread {
  worker: Worker
  ready: Promise<void>
  ended: Promise<void>
}

function startPgliteThread(workerData: ThreadData): Worker {
  return startThread(new URL('./thread', import.meta.url), { workerData })
}
