import { decode, encode } from '../../encoding.ts'
import { JournalFullError, JournalWriteError } from '../../journal.ts'
import type { RedisConnection } from '../redis-connection.ts'

/** A message for the process that ingests a partition, received by another one. */
export interface InboxMessage {
  topic: string
  payload: Buffer
  clientId?: string
  retained?: true
  /** Time of receipt, ms since 1970 UTC. */
  receivedAt: number
}

/** A place in the inbox: this many messages of the record with this id are done, and all of the records before it. */
export interface InboxPosition {
  id: string
  done: number
}

export interface InboxRecord {
  id: string
  messages: readonly InboxMessage[]
}

export interface InboxKeys {
  inbox: string
  sender: string
  channel: string
}

/** Records that may wait. Together with the size of a record it bounds the memory that they take in Redis to 256 MiB. */
const maxRecords = 1_000
const maxRecordBytes = 256 * 1_024
/** A sender sends a message again for seconds at most. */
const keepNumberMs = 600_000

interface Waiting {
  message: InboxMessage
  resolve(): void
  reject(error: Error): void
}

/**
 * Messages of one partition on the way from the process that received them to the one that ingests the partition. They
 * are on disk from then on, so they are acknowledged. All that wait share the next write.
 */
export class Inbox {
  readonly #connection: RedisConnection
  readonly #keys: InboxKeys
  #waiting: Waiting[] = []
  #sending: Promise<void> | undefined
  #number = 0

  /** @param keys `sender` is of this process alone */
  constructor(connection: RedisConnection, keys: InboxKeys) {
    this.#connection = connection
    this.#keys = keys
  }

  /**
   * Resolve when the message is on disk.
   * @throws JournalFullError when too many wait for the process that ingests them
   * @throws JournalWriteError when Redis did not answer: it is unknown whether the message is there
   */
  put(message: InboxMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject })
      this.#sending ??= this.#sendAll()
    })
  }

  /** Return records from the position on, the one that it names included. */
  async read(from: InboxPosition | undefined, maxCount: number): Promise<InboxRecord[]> {
    const records = await this.#connection.execute((client) =>
      client.xrangeBuffer(this.#keys.inbox, from?.id ?? '-', '+', 'COUNT', maxCount),
    )
    return records.flatMap(([id, [, data]]) =>
      // What `put` was given is what comes out.
      data ? [{ id: id.toString(), messages: decode(data) as InboxMessage[] }] : [],
    )
  }

  /** Remove the records before a position. */
  async trim({ id }: InboxPosition): Promise<void> {
    await this.#connection.execute((client) => client.xtrim(this.#keys.inbox, 'MINID', id))
  }

  async #sendAll(): Promise<void> {
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) await this.#send(takeRecord(this.#waiting))
    this.#sending = undefined
  }

  async #send(some: readonly Waiting[]): Promise<void> {
    const { inbox, sender, channel } = this.#keys
    const data = encode(some.map(({ message }) => message))
    const number = ++this.#number
    try {
      const said = await this.#connection.execute((client) =>
        client.journalPut([inbox, sender, channel, number, data, maxRecords, keepNumberMs]),
      )
      if (said === 'full')
        throw new JournalFullError('too many messages wait for the process that ingests them')
      for (const { resolve } of some) resolve()
    } catch (cause) {
      const error = cause instanceof JournalFullError ? cause : writeError(cause)
      for (const { reject } of some) reject(error)
    }
  }
}

function writeError(cause: unknown): JournalWriteError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new JournalWriteError(`the inbox could not be written: ${reason}`, { cause })
}

/** At least one message, and no more than fit. */
function takeRecord(waiting: Waiting[]): Waiting[] {
  let bytes = 0
  const end = waiting.findIndex(({ message }) => {
    bytes += message.payload.length + message.topic.length
    return bytes > maxRecordBytes
  })
  return waiting.splice(0, end === -1 ? waiting.length : Math.max(1, end))
}
