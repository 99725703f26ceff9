import { mkdir } from 'node:fs/promises'
import pg from 'pg'
import { createPoolCloser, handleConnectionErrors, type RecordsPool } from '../pool.ts'
import { lockDirectory } from './directory-lock.ts'
import { PgliteThreadHost } from './host.ts'
import { startMaintenance } from './maintenance.ts'

export interface PglitePoolOptions {
  /** Folder of the database, created when missing; without it the database is in memory and lost with the pool. */
  dir?: string | undefined
  /** Path of a dump that a new database starts from, where it exists; default: an empty one. */
  template?: string | undefined
  /** Called with errors of idle connections and of the maintenance. */
  onError(error: Error): void
  /** How long a transaction may be idle before it is rolled back and its connection ended, ms. Default 30,000. */
  idleInTransactionMs?: number
}

/**
 * Connections are only objects here; the number has to exceed the connections that BullMQ keeps checked out to LISTEN.
 */
const maxConnections = 50

/**
 * Open a `pg` pool over PGlite (PostgreSQL as WebAssembly) in a separate thread. All connections share one session of the
 * database: statements run one at a time, a transaction has exclusive use of the database, and a running statement cannot be
 * interrupted (`statement_timeout` has no effect).
 * @throws DirectoryInUseError when another process has the folder open
 * @throws PgliteCrashedError when the database does not start
 */
export async function openPglitePool(options: PglitePoolOptions): Promise<RecordsPool> {
  const { dir, template, onError, idleInTransactionMs = 30_000 } = options
  if (dir !== undefined) await mkdir(dir, { recursive: true })
  const lock = dir === undefined ? undefined : await lockDirectory(dir)
  try {
    const host = await PgliteThreadHost.start({ dir, idleInTransactionMs, template })
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
    const copyTo = async (target: string) => {
      // So that opening the copy has little log to apply.
      await pool.query('CHECKPOINT')
      await host.copyTo(target)
    }
    return {
      pool,
      ...(dir !== undefined && { copyTo }),
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
