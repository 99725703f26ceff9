import { Packr } from 'msgpackr'
import { decodeCompact, isCompact } from './compact/decode-compact.ts'
import { encodeCompact } from './compact/encode-compact.ts'

/** Size of a batch from which no further append is added to it: quarantined payloads may be large. */
export const maxReadBytes = 8 * 2 ** 20

/** Field names are written once for each value packed, not for each entry: 60 bytes a reading in place of 200 as JSON. */
const packr = new Packr({ useRecords: true, mapsAsObjects: true })

/** Return the entries of an append, or another value, in the form in which journals store it. */
export function encode(value: unknown): Buffer {
  return packr.pack(value)
}

/** Return what `encode` or `encodeState` was given. */
export function decode(bytes: Uint8Array): unknown {
  // States that an earlier version stored are MessagePack, too.
  return isCompact(bytes) ? decodeCompact(bytes) : packr.unpack(bytes)
}

/** A state in the form in which it is stored: made by another thread, for instance. */
export class EncodedState {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** Return a state, plain data, in its stored form: a third of MessagePack, and as fast. @throws TypeError for other data */
export function encodeState(value: unknown): Uint8Array {
  return value instanceof EncodedState ? value.bytes : encodeCompact(value)
}

/** A section of a stream in stored form: whole records, one for each append. */
export interface EncodedBatch {
  /** Offset of the first entry, and the one after the last. */
  from: number
  next: number
  /** Entries of the first record that come before `from`. */
  skip: number
  records: Uint8Array[]
}

/** A record as its stream stores it, under the offset of its first entry. */
export interface EncodedRecord {
  offset: number
  data: Uint8Array
}

/**
 * Gather whole records from the one that holds `from`, or the oldest that is left, until `max` entries or `maxReadBytes` are
 * reached.
 * @param records in the order of their offsets
 */
export function gatherRecords(records: Iterable<EncodedRecord>, from: number, max: number): EncodedBatch {
  const batch: EncodedBatch = { from, next: from, skip: 0, records: [] }
  let bytes = 0
  for (const { offset, data } of records) {
    if (batch.records.length > 0 && bytes >= maxReadBytes) break
    const end = offset + entryCount(data)
    if (end <= from) continue
    if (batch.records.length === 0) {
      batch.from = Math.max(from, offset)
      batch.skip = batch.from - offset
    }
    batch.records.push(data)
    batch.next = end
    bytes += data.length
    if (batch.next - batch.from >= max) break
  }
  return batch
}

/** Return the entries of a batch. */
export function decodeBatch<E>({ from, next, skip, records }: EncodedBatch): {
  from: number
  next: number
  entries: E[]
} {
  const entries: E[] = []
  for (const [index, record] of records.entries()) {
    const some = decode(record) as E[]
    for (let i = index === 0 ? skip : 0; i < some.length; i++) entries.push(some[i] as E)
  }
  return { from, next, entries }
}

/**
 * Return the number of entries of a record, from the head of its array.
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md#array-format-family
 */
export function entryCount(record: Uint8Array): number {
  const [first = 0, a = 0, b = 0, c = 0, d = 0] = record
  if (first >> 4 === 0x9) return first & 0x0f
  if (first === 0xdc) return (a << 8) | b
  if (first === 0xdd) return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
  throw new RangeError(`a record of the journal begins with 0x${first.toString(16)}, not with an array`)
}
