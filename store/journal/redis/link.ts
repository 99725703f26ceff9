import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Redis } from 'ioredis'
import { Bell } from '../bell.ts'
import { JournalClosedError } from '../journal.ts'
import { RedisAwayError } from './errors.ts'

export interface Patience {
  /** How long one answer may take, ms, before the connection counts as dead. */
  answerMs: number
  /** How long a command is tried, ms, before it fails. */
  totalMs: number
}

/** What Redis says while it starts, is busy, or changes its master. */
const passing = /^(LOADING|BUSY|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|MOVED|ASK)\b/

const pauseMs = 50

/**
 * The connection to Redis, shared by all partitions. It alone tries again: each command until it is answered, or until
 * patience ends. So a command may reach Redis more than once, and must be one that bears it.
 */
export class RedisLink {
  readonly #client: Redis | Cluster
  readonly #patience: Patience
  readonly #changed = new Bell()
  /** Counts the connections, so that of many commands that time out together only the first one breaks it. */
  #connections = 0
  #trouble: Error | undefined
  #closed = false

  constructor(client: Redis | Cluster, patience: Patience) {
    this.#client = client
    this.#patience = patience
    client.on('error', (error: Error) => {
      this.#trouble = error
    })
    client.on('ready', () => {
      this.#connections += 1
      this.#trouble = undefined
      this.#changed.ring()
    })
    client.connect().catch((error: Error) => {
      // It goes on trying by itself; the `error` event may have said more already.
      this.#trouble ??= error
    })
  }

  /**
   * @throws RedisAwayError when there was no answer; whether the command was carried out is not known then
   * @throws ReplyError when Redis refused it
   * @throws JournalClosedError after `close`
   */
  async ask<T>(
    command: (client: Redis | Cluster) => Promise<T>,
    { answerMs, totalMs }: Patience = this.#patience,
  ): Promise<T> {
    const endsAt = performance.now() + totalMs
    let trouble: Error | undefined
    while (!this.#closed && performance.now() < endsAt) {
      try {
        if (await this.#becomesReady(endsAt)) return await this.#attempt(command, answerMs)
      } catch (error) {
        if (!(error instanceof Error) || !mayPass(error)) throw error
        trouble = error
      }
      await sleep(pauseMs)
    }
    if (this.#closed) throw new JournalClosedError('the journal is closed')
    const cause = this.#trouble ?? trouble
    const why = cause?.message ?? 'no answer'
    throw new RedisAwayError(`Redis is away: timed out after ${totalMs / 1_000} s; ${why}`, { cause })
  }

  close(): void {
    this.#closed = true
    this.#client.disconnect()
    this.#changed.ring()
  }

  get #ready(): boolean {
    return this.#client.status === 'ready'
  }

  async #becomesReady(endsAt: number): Promise<boolean> {
    if (!this.#ready) {
      await this.#changed.wait(AbortSignal.timeout(Math.max(0, Math.ceil(endsAt - performance.now()))))
    }
    return this.#ready
  }

  async #attempt<T>(command: (client: Redis | Cluster) => Promise<T>, answerMs: number): Promise<T> {
    const connection = this.#connections
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${answerMs} ms`))
        if (connection === this.#connections && this.#ready) this.#client.disconnect(true)
      }, answerMs)
    })
    try {
      return await Promise.race([command(this.#client), late])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A refusal is final, but for some; that there was no answer is not. */
function mayPass(error: Error): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return false
  return error.name !== 'ReplyError' || passing.test(error.message)
}
