import type { Batch, StreamName, Streams } from '../journal.ts'
import { maxReadBytes, type StreamBounds } from '../journal-state.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { WriteBatch } from './write-batch.ts'
import { decode } from './write-batch.ts'

/**
 * One stream of the journal in a stream of Redis. A record is one append, with one field, its packed entries. Its id is
 * `offset of the first entry`-`bytes ever written before it`, so that the size of what is retained is the difference
 * of two ids.
 */
export class RedisStream<S extends StreamName> {
  readonly name: S
  readonly #key: string
  readonly #link: RedisConnection
  /** Of the records read last; how many records a batch needs follows from it. */
  #entriesPerRecord = 1
  /** Of the records read last; at first a guess. */
  #bytesPerRecord = 512 * 1_024

  constructor(name: S, key: string, link: RedisConnection) {
    this.name = name
    this.#key = key
    this.#link = link
  }

  /** Append the entries at the head of the extent. */
  append(changes: WriteBatch, extent: StreamBounds, { data, count }: { data: Buffer; count: number }): void {
    changes.append(this.name, `${extent.head}-${extent.headBytes}`, data)
    extent.head += count
    extent.headBytes += storedBytes(data.length)
  }

  /**
   * Return whole records from the one that holds `from` (or the oldest), until `max` entries or about `maxReadBytes` are
   * reached.
   */
  async read(extent: StreamBounds, from: number, max: number): Promise<Batch<Streams[S]>> {
    const begin = Math.max(from, extent.tail)
    const entries: Streams[S][] = []
    let first: number | undefined
    let next = begin
    let bytes = 0
    while (entries.length < max && bytes < maxReadBytes && next < extent.head) {
      const records = await this.#records(next, extent.head, {
        entries: max - entries.length,
        bytes: maxReadBytes - bytes,
      })
      if (records.length === 0) break
      for (const record of records) {
        if (entries.length >= max || (entries.length > 0 && bytes >= maxReadBytes)) break
        bytes += record.bytes
        first ??= Math.max(begin, record.offset)
        for (const entry of record.entries.slice(Math.max(0, begin - record.offset))) entries.push(entry)
        next = record.offset + record.entries.length
      }
    }
    return first === undefined ? { from, next: from, entries } : { from: first, next, entries }
  }

  /** Return the record that holds the offset (or comes next), and about as many more as have `max` entries or bytes. */
  async #records(
    from: number,
    head: number,
    max: { entries: number; bytes: number },
  ): Promise<DecodedRecord<S>[]> {
    const count = Math.min(
      Math.ceil(max.entries / this.#entriesPerRecord),
      Math.ceil(max.bytes / this.#bytesPerRecord),
      maxRecordsPerRead,
    )
    const records = await this.#range(from, head - 1, count)
    if (records[0]?.offset !== from) {
      // In the middle of a record, or trimmed meanwhile.
      const [holder] = await this.#before(from)
      if (holder && holder.offset + holder.entries.length > from) records.unshift(holder)
    }
    const entries = records.reduce((sum, record) => sum + record.entries.length, 0)
    if (records.length > 0) {
      this.#entriesPerRecord = entries / records.length
      this.#bytesPerRecord = Math.max(1, records.reduce((sum, { bytes }) => sum + bytes, 0) / records.length)
    }
    return records
  }

  async #range(begin: number, end: number, count: number): Promise<DecodedRecord<S>[]> {
    return this.#decode(
      await this.#link.execute((client) => client.xrangeBuffer(this.#key, begin, end, 'COUNT', count)),
    )
  }

  /** The last record that begins at or before the offset. */
  async #before(offset: number): Promise<DecodedRecord<S>[]> {
    return this.#decode(
      await this.#link.execute((client) => client.xrevrangeBuffer(this.#key, offset, '-', 'COUNT', 1)),
    )
  }

  /** As ioredis gives records: their ids, and the names and values of their fields. */
  #decode(records: [id: Buffer, fields: Buffer[]][]): DecodedRecord<S>[] {
    return records.flatMap(([id, [, data]]) => {
      const offset = Number.parseInt(id.toString(), 10)
      // What `append` was given is what comes out.
      return data ? [{ offset, bytes: data.length, entries: decode(data) as Streams[S][] }] : []
    })
  }
}

interface DecodedRecord<S extends StreamName> {
  offset: number
  /** Size in the stream. */
  bytes: number
  entries: Streams[S][]
}

/** Their size is not known before they are there. */
const maxRecordsPerRead = 250

const recordBytes = 32
const maxSlackBytes = 1_024

/** What a record takes in the memory of Redis, as measured (7.0): a node of 4 KiB that it shares, or one of its own. */
export function storedBytes(bytes: number): number {
  return bytes + recordBytes + Math.min(Math.ceil(bytes / 4), maxSlackBytes)
}
