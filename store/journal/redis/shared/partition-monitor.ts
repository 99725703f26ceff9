import { abortableSleep } from '../../../../lib/abortable-sleep.ts'
import type { ConditionVariable } from '../../condition-variable.ts'
import { RedisUnavailableError } from '../errors.ts'
import type { RedisConnection } from '../redis-connection.ts'
import { type ConfirmedState, parseConfirmed } from '../redis-journal-state.ts'

/** A message that something has changed may be lost. */
const pollMs = 1_000
/** Many changes share one look, ms. */
const collectMs = 3

export interface PartitionMonitorOptions {
  connection: RedisConnection
  metaKey: string
  /** Notifies when another process says that something has changed. */
  changed: ConditionVariable
}

/** Reads what other processes have confirmed of a partition, whenever they say that it has changed. */
export class PartitionMonitor {
  readonly #options: PartitionMonitorOptions
  readonly #observers = new Set<(confirmed: ConfirmedState) => void>()
  readonly #closed = new AbortController()
  #watching: Promise<void> | undefined
  /** As read last. */
  latest: ConfirmedState | undefined

  constructor(options: PartitionMonitorOptions) {
    this.#options = options
  }

  /** @throws RedisUnavailableError */
  async read(): Promise<ConfirmedState> {
    const { connection, metaKey } = this.#options
    const meta = await connection.execute((client) => client.hgetall(metaKey))
    const confirmed = parseConfirmed(meta)
    this.latest = confirmed
    for (const observer of this.#observers) observer(confirmed)
    return confirmed
  }

  /** Call back with each state that is read. @returns a function that ends it */
  observe(observer: (confirmed: ConfirmedState) => void): () => void {
    this.#observers.add(observer)
    this.#watching ??= this.#watch()
    return () => this.#observers.delete(observer)
  }

  close(): void {
    this.#closed.abort()
  }

  async #watch(): Promise<void> {
    const { changed } = this.#options
    const { signal } = this.#closed
    while (!signal.aborted && this.#observers.size > 0) {
      await changed.wait(signal, pollMs)
      await abortableSleep(collectMs, signal)
      if (signal.aborted) break
      try {
        await this.read()
      } catch (error) {
        // Those who write report it; here the next second is waited for.
        if (!(error instanceof RedisUnavailableError) && !signal.aborted) throw error
      }
    }
    this.#watching = undefined
  }
}
