import { asBinary, type Database, type Key, open, type RootDatabase } from 'lmdb'
import type { DeadLetterEntry, StreamName, Streams } from '../journal.ts'

/** Entries of each append, under the offset of the first one; the version is the byte count of `LmdbStream`. */
export type StreamTable<S extends StreamName = StreamName> = Database<readonly Streams[S][], number>

/** The tables of one journal directory. */
export interface Tables {
  env: RootDatabase
  streams: { [S in StreamName]: StreamTable<S> }
  consumers: Database<{ stream: StreamName; cursor: number }, string>
  states: Database<Buffer, [consumer: string, key: string]>
  deadLetters: Database<DeadLetterEntry, [consumer: string, offset: number]>
  facts: Database<unknown, string>
  totals: Database<Record<string, number>, string>
  /** `format`: number of the format; `history`: the journal's history as text. */
  identity: Database<string, 'format' | 'history'>
}

export function openTables(dir: string): Tables {
  const env = open({
    path: dir,
    noSubdir: false,
    // LMDB's plain order: data and fdatasync, then the page that makes it valid (O_DSYNC), then the promise resolves.
    overlappingSync: false,
    // `GroupCommit` makes the batches. The library's own ones reject a promise that no caller can handle.
    eventTurnBatching: false,
  })
  return {
    env,
    streams: {
      telemetry: env.openDB('telemetry', { useVersions: true, ...recordEncoding }),
      findings: env.openDB('findings', { useVersions: true, ...recordEncoding }),
    },
    consumers: env.openDB('consumers', {}),
    // Encoded by `encoding.ts`.
    states: env.openDB('states', { encoding: 'binary' }),
    deadLetters: env.openDB('dead_letters', {}),
    facts: env.openDB('facts', {}),
    totals: env.openDB('totals', {}),
    identity: env.openDB('identity', {}),
  }
}

/** Field names are written once for each append, not for each entry: 57 bytes a reading in place of 147. */
const recordEncoding = { encoder: { useRecords: true, mapsAsObjects: true } }

/** Key range of a consumer's dead letters, in order of their offsets. */
export function deadLetterRange(consumer: string): { start: [string, number]; end: [string, number] } {
  return { start: [consumer, 0], end: [consumer, Number.POSITIVE_INFINITY] }
}

/** A value in its stored form, encoded before its transaction so that a bad value cannot break it. */
export interface Encoded<V> {
  value: V
  bytes: number
}

export function encode<V, K extends Key>(table: Database<V, K>, value: V): Encoded<V> {
  const { encoder } = table as unknown as { encoder: { encode(value: V): Buffer } }
  const buffer = encoder.encode(value)
  return { value: asBinary(buffer) as V, bytes: buffer.length }
}
