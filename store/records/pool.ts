import { once } from 'node:events'
import { Socket } from 'node:net'
import pg from 'pg'
import { ExpectedError } from '../../lib/expected-error.ts'
import { searchPath } from './search-path.ts'

/** The server sent no byte of a response within the timeout: it hangs, or the network drops packets silently. */
class ResponseTimeoutError extends ExpectedError {
  override readonly name = 'ResponseTimeoutError'
  readonly isUnavailable = true
}

/**
 * Socket with a response timeout. TCP detects a network that drops all packets only after a quarter of an hour;
 * until then every user of the connection would hang. (Where TLS wraps the socket, this limitation remains.)
 */
class ResponseTimeoutSocket extends Socket {
  #awaitsResponse = false

  constructor(answerMs: number) {
    super()
    this.setTimeout(answerMs)
    this.on('timeout', () => {
      if (this.#awaitsResponse)
        this.destroy(new ResponseTimeoutError(`no answer within ${answerMs / 1_000} s`))
    })
  }

  override _write(...args: Parameters<Socket['_write']>): void {
    this.#awaitsResponse = true
    super._write(...args)
  }

  override _writev(...args: Parameters<NonNullable<Socket['_writev']>>): void {
    this.#awaitsResponse = true
    super._writev?.(...args)
  }

  override push(...args: Parameters<Socket['push']>): boolean {
    this.#awaitsResponse = false
    return super.push(...args)
  }
}

/** Connections to the records database, embedded or not. */
export interface RecordsPool {
  pool: pg.Pool
  /** Wait for clients that are checked out, then close. */
  close(): Promise<void>
  /** Copy the files of the database while it is in use, to a folder; absent where a server keeps them. */
  copyTo?(target: string): Promise<void>
}

export interface PgPoolOptions {
  /** Called with errors of idle connections; the pool replaces these automatically. */
  onError(error: Error): void
  /** Longest wait for a byte of the response, ms. Default 60,000. */
  responseTimeoutMs?: number
}

/** Create a pool of connections to a PostgreSQL server, by its URL. It connects with the first query. */
export function openPgPool(url: string, options: PgPoolOptions): RecordsPool {
  const pool = new pg.Pool({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    stream: () => new ResponseTimeoutSocket(options.responseTimeoutMs ?? 60_000),
    max: 20,
    keepAlive: true,
    options: `-c search_path=${searchPath.replaceAll(' ', '')}`,
    idle_in_transaction_session_timeout: 60_000,
  })
  handleConnectionErrors(pool, options.onError)
  return { pool, close: createPoolCloser(pool) }
}

/**
 * Report errors of idle connections to `onError`. The error of a connection lost between two statements of a
 * transaction would end the process; it is ignored, because the next statement fails with the same error.
 */
export function handleConnectionErrors(pool: pg.Pool, onError: (error: Error) => void): void {
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', () => {}))
}

/**
 * Create a function that closes the pool and, unlike `pool.end()`, waits until every connection is closed at the server
 * too.
 */
export function createPoolCloser(pool: pg.Pool): () => Promise<void> {
  let connections = 0
  pool.on('connect', () => connections++)
  pool.on('remove', () => connections--)
  return async () => {
    await pool.end()
    while (connections > 0) await once(pool, 'remove')
  }
}
