import { JournalFencedError, JournalFullError } from '../journal.ts'
import type { PartitionKeys } from './keys.ts'
import type { CommandTimeouts, RedisConnection } from './redis-connection.ts'
import type { WriteBatch } from './write-batch.ts'

/** Lease of a partition: duration without renewal, ms, and the unique name of the holder. */
export interface LeaseOptions {
  durationMs: number
  holder: string
}

export interface PartitionOwnerOptions {
  connection: RedisConnection
  keys: PartitionKeys
  lease: LeaseOptions
  /** As the lease was taken. */
  token: string
  /** Number of the last confirmed write. */
  lastDoneWrite: number
  /** Called once, when another process has taken over. */
  onLost(error: JournalFencedError): void
}

/** Where the streams begin, after a write. */
export interface StreamTails {
  telemetry: { tail: number; tailBytes: number }
  findings: { tail: number; tailBytes: number }
}

/** Timeout for releasing the lease at the end; it would expire a little later anyway, ms. */
const releaseTimeouts: CommandTimeouts = { responseMs: 500, totalMs: 1_000 }

/** Lease of this process on one partition, renewed regularly, and its writes, one after the other. */
export class PartitionOwner {
  readonly #options: PartitionOwnerOptions
  readonly #keys: string[]
  readonly #released = new AbortController()
  #lastDoneWrite: number
  #lastWrite: number
  #inDoubt = false
  #renewal: NodeJS.Timeout
  #fenced: JournalFencedError | undefined

  constructor(options: PartitionOwnerOptions) {
    this.#options = options
    this.#keys = Object.values(options.keys)
    this.#lastDoneWrite = options.lastDoneWrite
    this.#lastWrite = options.lastDoneWrite
    this.#renewal = this.#renewLater()
  }

  /** Whether Redis may have applied a write that was reported as failed. */
  get inDoubt(): boolean {
    return this.#inDoubt
  }

  /** @throws JournalFencedError when another has taken over */
  assertOwner(): void {
    if (this.#fenced) throw this.#fenced
  }

  /**
   * One atomic, durable write. When it throws, it either was not done, or is taken back by the next one.
   * @throws RedisUnavailableError when Redis did not answer
   * @throws JournalFullError when Redis is out of memory
   * @throws JournalFencedError when another has taken over
   */
  async write(changes: WriteBatch): Promise<StreamTails> {
    this.assertOwner()
    const { connection, token } = this.#options
    const number = ++this.#lastWrite
    const args = [...this.#keys, token, number, this.#lastDoneWrite, ...changes.toScriptArgs()]
    const [said, ...rest] = await connection
      .execute((client) => client.journalWrite(args))
      .catch((error: unknown) => this.#failed(error))
    if (said !== 'done') throw this.#fence(said, rest[0])
    this.#lastDoneWrite = number
    this.#inDoubt = false
    const [tail = 0, tailBytes = 0, findingsTail = 0, findingsBytes = 0] = rest.map(Number)
    return { telemetry: { tail, tailBytes }, findings: { tail: findingsTail, tailBytes: findingsBytes } }
  }

  /** Release the partition, so that the next process need not wait. */
  async release(): Promise<void> {
    clearTimeout(this.#renewal)
    this.#released.abort()
    if (this.#fenced) return
    const { connection, token } = this.#options
    const args = [...this.#keys, token, this.#lastDoneWrite]
    await connection.execute((client) => client.journalRelease(args), releaseTimeouts)
  }

  #renewLater(): NodeJS.Timeout {
    const { durationMs } = this.#options.lease
    return setTimeout(() => this.#renew(), durationMs / 3).unref()
  }

  async #renew(): Promise<void> {
    const { connection, token, lease } = this.#options
    const args = [...this.#keys, token, lease.holder, lease.durationMs]
    try {
      const [said, holder] = await connection.execute((client) => client.journalRenew(args))
      if (said === 'fenced') this.#fence(said, holder)
    } catch {
      // Writes report that Redis is unavailable. Until another process takes over, the lease can still be renewed.
    }
    if (!this.#released.signal.aborted && !this.#fenced) this.#renewal = this.#renewLater()
  }

  #failed(error: unknown): never {
    this.#inDoubt = true
    if (error instanceof Error && /\bOOM command not allowed/.test(error.message)) {
      throw new JournalFullError('Redis has reached its maxmemory', { cause: error })
    }
    throw error
  }

  #fence(said: string | undefined, holder: string | undefined): JournalFencedError {
    if (this.#fenced) return this.#fenced
    this.#fenced = new JournalFencedError(fenceReason(said, holder, this.#options.lease.holder))
    clearTimeout(this.#renewal)
    this.#options.onLost(this.#fenced)
    return this.#fenced
  }
}

function fenceReason(said: string | undefined, by: string | undefined, holder: string): string {
  if (said === 'fenced' && by && by !== holder)
    return `${by} has taken over from ${holder}, which did not renew its lease in time`
  if (said === 'fenced')
    return `${holder} has lost the journal: another one had it meanwhile, or its keys were removed`
  if (said === 'late') return `another one wrote under the name of ${holder}`
  return 'Redis has forgotten writes that it had confirmed: it was brought back from an older state'
}
