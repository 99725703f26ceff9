import { once } from 'node:events'
import { Socket } from 'node:net'
import pg from 'pg'
import { ExpectedError } from '../../lib/expected-error.ts'
import { searchPath } from './search-path.ts'

/** The server was asked and gave no byte of an answer for so long: it hangs, or the network lost it without a word. */
class ResponseTimeoutError extends ExpectedError {
  override readonly name = 'ResponseTimeoutError'
  readonly isUnavailable = true
}

/**
 * A socket that does not wait for ever. A network that swallows everything is noticed by TCP after a quarter of an hour;
 * until then all that uses the connection would hang. (Where TLS takes the socket over, that is how it is.)
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
  /** Waits for clients that are checked out, then closes. */
  close(): Promise<void>
}

export interface PgPoolOptions {
  /** Called with errors of connections that nobody is using; the pool replaces those by itself. */
  onError(error: Error): void
  /** How long a server may think without a byte of an answer. Default 60,000. */
  responseTimeoutMs?: number
}

/** A pool of connections to a PostgreSQL server, by its URL. It connects with the first query. */
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
 * The pool listens to connections that nobody uses. One that ends in use, between two statements of a transaction,
 * would end the process: the statement that follows fails and says the same.
 */
export function handleConnectionErrors(pool: pg.Pool, onError: (error: Error) => void): void {
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', () => {}))
}

/** Unlike `pool.end()`, what this gives resolves only when every connection is closed at the other end too. */
export function createPoolCloser(pool: pg.Pool): () => Promise<void> {
  let connections = 0
  pool.on('connect', () => connections++)
  pool.on('remove', () => connections--)
  return async () => {
    await pool.end()
    while (connections > 0) await once(pool, 'remove')
  }
}
