import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Redis } from 'ioredis'
import { race } from '../../../lib/race.ts'
import { ConditionVariable } from '../condition-variable.ts'
import { JournalClosedError } from '../journal.ts'
import { RedisUnavailableError } from './errors.ts'

export interface CommandTimeouts {
  /** Maximum time for a reply, ms, before the connection counts as dead. */
  responseMs: number
  /** Total time for a command and its retries, ms. */
  totalMs: number
}

/** Replies of Redis while it starts, is busy, or fails over. */
const transientReplies = /^(LOADING|BUSY|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|MOVED|ASK)\b/

const retryDelayMs = 50

/**
 * The connection to Redis, shared by all partitions. It alone retries: each command until there is a reply, or until
 * the total timeout. So a command may reach Redis more than once and must be idempotent.
 */
export class RedisConnection {
  readonly #client: Redis | Cluster
  readonly #timeouts: CommandTimeouts
  readonly #changed = new ConditionVariable()
  /** Counts the connections, so that of many commands that time out together only the first one breaks it. */
  #connections = 0
  #lastError: Error | undefined
  #closed = false

  constructor(client: Redis | Cluster, timeouts: CommandTimeouts) {
    this.#client = client
    this.#timeouts = timeouts
    client.on('error', (error: Error) => {
      this.#lastError = error
    })
    client.on('ready', () => {
      this.#connections += 1
      this.#lastError = undefined
      this.#changed.notifyAll()
    })
    client.connect().catch((error: Error) => {
      // It goes on trying by itself; the `error` event may have said more already.
      this.#lastError ??= error
    })
  }

  /**
   * @throws RedisUnavailableError when there was no answer; whether the command was carried out is not known then
   * @throws ReplyError when Redis refused it
   * @throws JournalClosedError after `close`
   */
  async execute<T>(
    command: (client: Redis | Cluster) => Promise<T>,
    { responseMs, totalMs }: CommandTimeouts = this.#timeouts,
  ): Promise<T> {
    const endsAt = performance.now() + totalMs
    let lastError: Error | undefined
    while (!this.#closed && performance.now() < endsAt) {
      try {
        if (await this.#waitUntilReady(endsAt)) return await this.#executeOnce(command, responseMs)
      } catch (error) {
        if (!(error instanceof Error) || !isTransient(error)) throw error
        lastError = error
      }
      await sleep(retryDelayMs)
    }
    if (this.#closed) throw new JournalClosedError('the journal is closed')
    const cause = this.#lastError ?? lastError
    const why = cause?.message ?? 'no answer'
    throw new RedisUnavailableError(`Redis is unavailable: timed out after ${totalMs / 1_000} s; ${why}`, {
      cause,
    })
  }

  close(): void {
    this.#closed = true
    this.#client.disconnect()
    this.#changed.notifyAll()
  }

  get #ready(): boolean {
    return this.#client.status === 'ready'
  }

  async #waitUntilReady(endsAt: number): Promise<boolean> {
    if (!this.#ready) {
      await this.#changed.wait(AbortSignal.timeout(Math.max(0, Math.ceil(endsAt - performance.now()))))
    }
    return this.#ready
  }

  async #executeOnce<T>(command: (client: Redis | Cluster) => Promise<T>, answerMs: number): Promise<T> {
    const connection = this.#connections
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${answerMs} ms`))
        if (connection === this.#connections && this.#ready) this.#client.disconnect(true)
      }, answerMs)
    })
    try {
      return await race([command(this.#client), late])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Tell whether an error is final. Most error replies are; a missing reply is not. */
function isTransient(error: Error): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false
  return error.name !== 'ReplyError' || transientReplies.test(error.message)
}
