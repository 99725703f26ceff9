import type { Batch, StreamName, Streams } from '../journal.ts'
import type { Extent } from '../state.ts'
import type { Changes } from './changes.ts'
import { decode } from './codec.ts'
import type { RedisLink } from './link.ts'

/** A record of a Redis stream as ioredis gives it: its id and its fields. */
type RawRecord = [id: Buffer, fields: Buffer[]]

/**
 * One stream of the journal in a stream of Redis. A record is one append, with one field, its packed entries. Its id is
 * `offset of the first entry`-`bytes ever written before it`, so that the size of what is retained is the difference
 * of two ids.
 */
export class RedisStream<S extends StreamName> {
  readonly name: S
  readonly #key: string
  readonly #link: RedisLink
  /** Of the records read last; how many records a batch needs follows from it. */
  #entriesPerRecord = 1

  constructor(name: S, key: string, link: RedisLink) {
    this.name = name
    this.#key = key
    this.#link = link
  }

  /** Puts the entries at the head of the extent. */
  append(changes: Changes, extent: Extent, { data, count }: { data: Buffer; count: number }): void {
    changes.append(this.name, `${extent.head}-${extent.headBytes}`, data)
    extent.head += count
    extent.headBytes += storedBytes(data.length)
  }

  /** Whole records from the one that holds `from` (or the oldest), until `max` entries are reached. */
  async read(extent: Extent, from: number, max: number): Promise<Batch<Streams[S]>> {
    const begin = Math.max(from, extent.tail)
    const batch: { from: number; next: number; entries: Streams[S][] } = {
      from: begin,
      next: begin,
      entries: [],
    }
    while (batch.entries.length < max && batch.next < extent.head) {
      const records = await this.#records(batch.next, extent.head, max - batch.entries.length)
      if (records.length === 0) break
      for (const { offset, entries } of records) {
        if (batch.entries.length >= max) break
        if (batch.entries.length === 0) batch.from = Math.max(begin, offset)
        for (const entry of entries.slice(Math.max(0, begin - offset))) batch.entries.push(entry)
        batch.next = offset + entries.length
      }
    }
    return batch.entries.length === 0 ? { from, next: from, entries: [] } : batch
  }

  /** The record that holds the offset (or comes next), and about as many more as have `max` entries. */
  async #records(from: number, head: number, max: number) {
    const count = Math.min(Math.ceil(max / this.#entriesPerRecord), mostRecordsAtOnce)
    const range = async (begin: number | string) =>
      (await this.#link.ask((client) =>
        client.xrangeBuffer(this.#key, begin, head - 1, 'COUNT', count),
      )) as RawRecord[]
    let raw = await range(from)
    if (raw[0] === undefined || offsetOf(raw[0]) !== from) {
      // In the middle of a record, or trimmed meanwhile.
      const [holder] = (await this.#link.ask((client) =>
        client.xrevrangeBuffer(this.#key, from, '-', 'COUNT', 1),
      )) as RawRecord[]
      if (holder && offsetOf(holder) + this.#unpack(holder).length > from) raw = [holder, ...raw]
    }
    const records = raw.map((record) => ({ offset: offsetOf(record), entries: this.#unpack(record) }))
    const entries = records.reduce((sum, record) => sum + record.entries.length, 0)
    if (records.length > 0) this.#entriesPerRecord = entries / records.length
    return records
  }

  /** What `append` was given is what comes out. */
  #unpack([, [, data]]: RawRecord): Streams[S][] {
    return data ? (decode(data) as Streams[S][]) : []
  }
}

/** Their size is not known before they are there. */
const mostRecordsAtOnce = 250

function offsetOf([id]: RawRecord): number {
  return Number.parseInt(id.toString(), 10)
}

const recordOverheadBytes = 64

/** What a record takes in the memory of Redis, about. */
export function storedBytes(bytes: number): number {
  return bytes + recordOverheadBytes
}
