import {
  type EncodedBatch,
  type EncodedRecord,
  entryCount,
  gatherRecords,
  maxReadBytes,
} from '../encoding.ts'
import type { StreamName } from '../journal.ts'
import type { StreamBounds } from '../journal-state.ts'
import type { RedisConnection } from './redis-connection.ts'
import type { WriteBatch } from './write-batch.ts'

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
  async read(extent: StreamBounds, from: number, max: number): Promise<EncodedBatch> {
    const begin = Math.max(from, extent.tail)
    const found: EncodedRecord[] = []
    let next = begin
    let bytes = 0
    while (next - begin < max && bytes < maxReadBytes && next < extent.head) {
      const records = await this.#records(next, extent.head, {
        entries: max - (next - begin),
        bytes: maxReadBytes - bytes,
      })
      if (records.length === 0) break
      for (const record of records) {
        found.push(record)
        bytes += record.data.length
        next = record.offset + entryCount(record.data)
      }
    }
    const batch = gatherRecords(found, begin, max)
    return batch.records.length === 0 ? { ...batch, from, next: from } : batch
  }

  /** Return the record that holds the offset (or comes next), and about as many more as have `max` entries or bytes. */
  async #records(
    from: number,
    head: number,
    max: { entries: number; bytes: number },
  ): Promise<EncodedRecord[]> {
    const count = Math.min(
      Math.ceil(max.entries / this.#entriesPerRecord),
      Math.ceil(max.bytes / this.#bytesPerRecord),
      maxRecordsPerRead,
    )
    const records = await this.#range(from, head - 1, count)
    if (records[0]?.offset !== from) {
      // In the middle of a record, or trimmed meanwhile.
      const [holder] = await this.#before(from)
      if (holder && holder.offset + entryCount(holder.data) > from) records.unshift(holder)
    }
    const entries = records.reduce((sum, { data }) => sum + entryCount(data), 0)
    if (records.length > 0) {
      this.#entriesPerRecord = entries / records.length
      this.#bytesPerRecord = Math.max(
        1,
        records.reduce((sum, { data }) => sum + data.length, 0) / records.length,
      )
    }
    return records
  }

  async #range(begin: number, end: number, count: number): Promise<EncodedRecord[]> {
    return toRecords(
      await this.#link.execute((client) => client.xrangeBuffer(this.#key, begin, end, 'COUNT', count)),
    )
  }

  /** The last record that begins at or before the offset. */
  async #before(offset: number): Promise<EncodedRecord[]> {
    return toRecords(
      await this.#link.execute((client) => client.xrevrangeBuffer(this.#key, offset, '-', 'COUNT', 1)),
    )
  }
}

/** As ioredis gives records: their ids, and the names and values of their fields. */
function toRecords(records: [id: Buffer, fields: Buffer[]][]): EncodedRecord[] {
  return records.flatMap(([id, [, data]]) =>
    data ? [{ offset: Number.parseInt(id.toString(), 10), data }] : [],
  )
}

/** Their size is not known before they are there. */
const maxRecordsPerRead = 250

const recordBytes = 32
const maxSlackBytes = 1_024

/** What a record takes in the memory of Redis, as measured (7.0): a node of 4 KiB that it shares, or one of its own. */
export function storedBytes(bytes: number): number {
  return bytes + recordBytes + Math.min(Math.ceil(bytes / 4), maxSlackBytes)
}
