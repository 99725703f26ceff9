import { mkdir } from 'node:fs/promises'
import pg from 'pg'
import { createPoolCloser, handleConnectionErrors, type RecordsPool } from '../pool.ts'
import { lockDirectory } from './directory-lock.ts'
import { PgliteThreadHost } from './host.ts'
import { startMaintenance } from './maintenance.ts'

export interface PglitePoolOptions {
  /** Folder of the database, made when missing; without it the database is in memory and gone with the pool. */
  dir?: string | undefined
  /** Called with errors of connections that nobody is using, and of the upkeep. */
  onError(error: Error): void
  /** How long a transaction may sit idle before it is rolled back and its connection ended. Default 30,000. */
  idleInTransactionMs?: number
}

/** Connections are objects here, so the number only has to be above what BullMQ keeps checked out to LISTEN. */
const maxConnections = 50

/**
 * A `pg` pool over PGlite (PostgreSQL as WebAssembly) in a thread of its own. All connections share one session of the
 * database: statements run one at a time, a transaction has the database alone, and a statement that runs cannot be
 * interrupted (`statement_timeout` has no effect). Nothing in it is ever fsynced.
 * @throws DirectoryInUseError when another process has the folder open
 * @throws PgliteCrashedError when the database does not start
 */
export async function openPglitePool(options: PglitePoolOptions): Promise<RecordsPool> {
  const { dir, onError, idleInTransactionMs = 30_000 } = options
  if (dir !== undefined) await mkdir(dir, { recursive: true })
  const lock = dir === undefined ? undefined : await lockDirectory(dir)
  try {
    const host = await PgliteThreadHost.start({ dir, idleInTransactionMs })
    const pool = new pg.Pool({
      stream: () => host.connect(),
      ssl: false,
      max: maxConnections,
      user: 'postgres',
      database: 'postgres',
    })
    handleConnectionErrors(pool, onError)
    const maintenance = startMaintenance(pool, onError)
    const closePool = createPoolCloser(pool)
    return {
      pool,
      async close() {
        await maintenance.stop()
        await closePool()
        await host.stop()
        await lock?.release()
      },
    }
  } catch (error) {
    await lock?.release()
    throw error
  }
}
