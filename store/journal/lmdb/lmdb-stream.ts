import { getLastVersion } from 'lmdb'
import { decodeBatch, type EncodedBatch, gatherRecords } from '../encoding.ts'
import type { Batch, StreamName, Streams } from '../journal.ts'
import type { StreamBounds } from '../journal-state.ts'
import { type Encoded, encode, type StreamTable } from './tables.ts'
import { readOrThrowDamaged } from './verify-lmdb-file.ts'

/**
 * One stream in its table. A record is one append; its version is the number of bytes written before it, so that the
 * size of what is retained is the difference of two numbers. The last record is never trimmed: it holds the head.
 */
export class LmdbStream<S extends StreamName> {
  readonly name: S
  readonly #table: StreamTable<S>
  readonly #dir: string

  constructor(name: S, table: StreamTable<S>, dir: string) {
    this.name = name
    this.#table = table
    this.#dir = dir
  }

  loadBounds(): StreamBounds {
    const [tail] = this.#table.getKeys({ limit: 1 })
    const [last] = this.#table.getRange({ reverse: true, limit: 1 })
    if (tail === undefined || last === undefined) return { tail: 0, head: 0, tailBytes: 0, headBytes: 0 }
    const { before, bytes } = this.#measure(last.key)
    return {
      tail,
      head: last.key + last.value.length,
      tailBytes: this.#measure(tail).before,
      headBytes: before + storedBytes(bytes),
    }
  }

  encode(entries: readonly Streams[S][]): Encoded<readonly Streams[S][]> {
    return encode(this.#table, entries)
  }

  /** Within a transaction: append the entries at the head of the extent. */
  append(extent: StreamBounds, entries: Encoded<readonly Streams[S][]>, count: number): void {
    this.#table.put(extent.head, entries.value, extent.headBytes)
    extent.head += count
    extent.headBytes += storedBytes(entries.bytes)
  }

  /** Within a transaction: remove the records that end at or before `target`. */
  trim(extent: StreamBounds, target: number): void {
    const keys = [...this.#table.getKeys({ start: extent.tail, end: target, inclusiveEnd: true })]
    const tail = keys.pop()
    if (tail === undefined || keys.length === 0) return
    for (const key of keys) this.#table.remove(key)
    extent.tail = tail
    extent.tailBytes = this.#measure(tail).before
  }

  /**
   * Return whole records from the one that holds `from` (or the oldest), until `max` entries or `maxReadBytes` are
   * reached.
   * @throws JournalDamagedError
   */
  read(from: number, max: number): Batch<Streams[S]> {
    return readOrThrowDamaged(this.#dir, () => decodeBatch<Streams[S]>(this.#gather(from, max)))
  }

  /** Return the same in its stored form. @throws JournalDamagedError */
  readEncoded(from: number, max: number): EncodedBatch {
    return readOrThrowDamaged(this.#dir, () => this.#gather(from, max))
  }

  #gather(from: number, max: number): EncodedBatch {
    const [first] = this.#table.getKeys({ start: from, reverse: true, limit: 1 })
    const records = this.#table
      .getKeys({ start: first ?? from })
      .map((offset) => ({ offset, data: this.#table.getBinary(offset) ?? Buffer.alloc(0) }))
    return gatherRecords(records, from, max)
  }

  #measure(key: number): { before: number; bytes: number } {
    const bytes = this.#table.getBinary(key)?.length ?? 0
    return { before: getLastVersion(), bytes }
  }
}

const pageBytes = 4096
const pageHeaderBytes = 16
const recordHeaderBytes = 32
const maxInPageBytes = 2000

/** Return the size of a record in the file, bytes: LMDB gives a large one pages of its own. */
function storedBytes(bytes: number): number {
  if (bytes < maxInPageBytes) return bytes + recordHeaderBytes
  return Math.ceil((bytes + pageHeaderBytes) / pageBytes) * pageBytes
}
