import { once } from 'node:events'
import pg from 'pg'
import { ImpatientSocket } from './impatient-socket.ts'
import { searchPath } from './search-path.ts'

/** Connections to the records database, embedded or not. */
export interface RecordsPool {
  pool: pg.Pool
  /** Waits for clients that are checked out, then closes. */
  close(): Promise<void>
}

export interface PgPoolOptions {
  /** Called with errors of connections that nobody is using; the pool replaces those by itself. */
  onError(error: Error): void
  /** How long a server may think without a byte of an answer. Default 60,000. */
  answerMs?: number
}

/** A pool of connections to a PostgreSQL server, by its URL. It connects with the first query. */
export function openPgPool(url: string, options: PgPoolOptions): RecordsPool {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    stream: () => new ImpatientSocket(options.answerMs ?? 60_000),
    max: 20,
    keepAlive: true,
    options: `-c search_path=${searchPath.replaceAll(' ', '')}`,
    idle_in_transaction_session_timeout: 60_000,
  })
  surviveLosses(pool, options.onError)
  return { pool, close: closer(pool) }
}

/**
 * The pool listens to connections that nobody uses. One that ends in use, between two statements of a transaction,
 * would end the process: the statement that follows fails and says the same.
 */
export function surviveLosses(pool: pg.Pool, onError: (error: Error) => void): void {
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', () => {}))
}

/** Unlike `pool.end()`, what this gives resolves only when every connection is closed at the other end too. */
export function closer(pool: pg.Pool): () => Promise<void> {
  let connections = 0
  pool.on('connect', () => connections++)
  pool.on('remove', () => connections--)
  return async () => {
    await pool.end()
    while (connections > 0) await once(pool, 'remove')
  }
}
