import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import pg from 'pg'
import { lockDirectory } from './directory-lock.ts'
import { PgliteConnection } from './pglite-connection.ts'
import type { FromThread, ThreadData, ToThread } from './pglite-messages.ts'
import { closer, type RecordsPool } from './pool.ts'

export interface PglitePoolOptions {
  /** Folder of the database, made when missing; without it the database is in memory and gone with the pool. */
  dir?: string | undefined
  /** Called with errors of connections that nobody is using. */
  onError(error: Error): void
  /** How long a transaction may sit idle before it is rolled back and its connection ended. Default 30,000. */
  idleInTransactionMs?: number
}

/** The thread of PGlite ended on its own: the database is gone until the program starts again. */
export class PgliteCrashedError extends Error {
  override readonly name = 'PgliteCrashedError'
}

/** Connections are objects here, so the number only has to be above what BullMQ keeps checked out to LISTEN. */
const maxConnections = 50

/**
 * A `pg` pool over PGlite (PostgreSQL as WebAssembly) in a thread of its own. All connections share one session of the
 * database: statements run one at a time, a transaction has the database alone, and a statement that runs cannot be
 * interrupted (`statement_timeout` has no effect). Nothing in it is ever fsynced.
 * @throws DirectoryInUseError when another process has the folder open
 */
export async function openPglitePool(options: PglitePoolOptions): Promise<RecordsPool> {
  if (options.dir !== undefined) await mkdir(options.dir, { recursive: true })
  const lock = options.dir === undefined ? undefined : await lockDirectory(options.dir)
  try {
    const thread = await startThread({
      dir: options.dir,
      idleInTransactionMs: options.idleInTransactionMs ?? 30_000,
    })
    const pool = new pg.Pool({
      stream: thread.connect,
      ssl: false,
      max: maxConnections,
      user: 'postgres',
      database: 'postgres',
    })
    pool.on('error', options.onError)
    const closePool = closer(pool)
    return {
      pool,
      async close() {
        await closePool()
        await thread.shutdown()
        await lock?.release()
      },
    }
  } catch (error) {
    await lock?.release()
    throw error
  }
}

interface Thread {
  connect(): PgliteConnection
  shutdown(): Promise<void>
}

async function startThread(data: ThreadData): Promise<Thread> {
  const worker = startWorker(data)
  const connections = new Map<number, PgliteConnection>()
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let crashed: PgliteCrashedError | undefined
  let stopping = false
  let lastId = 0

  const post = (message: ToThread) => worker.postMessage(message)
  const crash = (cause: unknown) => {
    crashed ??= new PgliteCrashedError('PGlite ended on its own', { cause })
    for (const connection of connections.values()) connection.destroy(crashed)
  }
  worker.on('error', crash)
  worker.once('exit', (code) => {
    if (!stopping) crash(`exit code ${code}`)
  })
  worker.on('message', (message: FromThread) => {
    if (message.type === 'data') connections.get(message.id)?.push(message.bytes)
    else if (message.type === 'closed') connections.get(message.id)?.destroy()
  })
  await Promise.race([once(worker, 'message'), ended])
  if (crashed !== undefined) throw crashed

  return {
    connect() {
      const id = ++lastId
      const connection = new PgliteConnection({
        open: () => (crashed === undefined ? post({ type: 'open', id }) : connection.destroy(crashed)),
        write: (bytes) => post({ type: 'data', id, bytes }),
        close: () => {
          connections.delete(id)
          post({ type: 'close', id })
        },
      })
      connections.set(id, connection)
      return connection
    },
    async shutdown() {
      stopping = true
      post({ type: 'shutdown' })
      await ended
    },
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
