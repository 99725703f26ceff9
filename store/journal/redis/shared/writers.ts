import type { StreamName } from '../../journal.ts'

/** One of several processes that write a partition, each with a lease of its own: what it appends to, and its consumers. */
export interface JournalWriter {
  name: string
  streams: readonly StreamName[]
  /** Names of its consumers, and the stream that each one reads. */
  consumers: Readonly<Record<string, StreamName>>
}

/** The writers of a partition. A stream has one writer, so that its offsets follow from what one process knows. */
export const journalWriters = {
  ingest: { name: 'ingest', streams: ['telemetry'], consumers: {} },
  series: { name: 'series', streams: [], consumers: { series: 'telemetry' } },
  rules: { name: 'rules', streams: ['findings'], consumers: { rules: 'telemetry' } },
  desk: {
    name: 'desk',
    streams: [],
    consumers: { records: 'telemetry', relay: 'findings', tickets: 'findings' },
  },
} as const satisfies Readonly<Record<string, JournalWriter>>

export type WriterName = keyof typeof journalWriters
