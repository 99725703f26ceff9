import { Worker } from 'node:worker_threads'
import { PgliteConnection } from './pglite-connection.ts'
import type { FromThread, ThreadData, ToThread } from './pglite-messages.ts'

/** The thread of PGlite ended on its own: the database is gone until the program starts again. */
export class PgliteCrashedError extends Error {
  override readonly name = 'PgliteCrashedError'
}

/** This side of the thread that PGlite runs in. */
export class PgliteHost {
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #connections = new Map<number, PgliteConnection>()
  #crashed: PgliteCrashedError | undefined
  #stopping = false
  #lastId = 0

  /** Resolves when the database answers. */
  static async start(data: ThreadData): Promise<PgliteHost> {
    const host = new PgliteHost(data)
    const ready = new Promise((resolve) => host.#worker.once('message', resolve))
    await Promise.race([ready, host.#ended])
    if (host.#crashed !== undefined) throw host.#crashed
    return host
  }

  private constructor(data: ThreadData) {
    this.#worker = startWorker(data)
    this.#ended = new Promise((resolve) => this.#worker.once('exit', () => resolve()))
    this.#worker.on('error', (error) => this.#crash(error))
    this.#worker.once('exit', (code) => {
      if (!this.#stopping) this.#crash(`exit code ${code}`)
    })
    this.#worker.on('message', (message: FromThread) => {
      if (message.type === 'data') this.#connections.get(message.id)?.push(message.bytes)
      else if (message.type === 'closed') this.#connections.get(message.id)?.destroy()
    })
  }

  /** A socket, as `pg` sees it, to the database. */
  connect(): PgliteConnection {
    const id = ++this.#lastId
    const connection = new PgliteConnection({
      open: () => {
        if (this.#crashed === undefined) this.#post({ type: 'open', id })
        else connection.destroy(this.#crashed)
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

  /** Closes the database, rolling back what is open, and ends the thread. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#post({ type: 'shutdown' })
    await this.#ended
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #crash(cause: unknown): void {
    this.#crashed ??= new PgliteCrashedError('PGlite ended on its own', { cause })
    for (const connection of this.#connections.values()) connection.destroy(this.#crashed)
  }
}

/** From the build the thread is JavaScript; run from the sources, a thread has to register the TypeScript loader itself. */
function startWorker(workerData: ThreadData): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('./pglite-thread.js', import.meta.url), { workerData })
  }
  const loader = import.meta.resolve('tsx/esm/api')
  const thread = new URL('./pglite-thread.ts', import.meta.url)
  const start = `import('${loader}').then(({ register }) => { register(); return import('${thread}') })`
  return new Worker(start, { eval: true, workerData })
}
