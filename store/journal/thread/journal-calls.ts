import type { TelemetryEntry } from '../../../contract/entry.ts'
import type { Finding } from '../../../contract/finding.ts'
import type { ThreadLink } from '../../../lib/threads/thread-link.ts'
import type { JournalHistory } from '../history/journal-history.ts'
import {
  type AppendOptions,
  type Batch,
  type Commit,
  type DeadLetterEntry,
  JournalClosedError,
  JournalConsumerError,
  JournalDamagedError,
  JournalFencedError,
  JournalFullError,
  type JournalInfo,
  JournalKeyError,
  JournalWriteError,
  type StreamName,
  type Tally,
} from '../journal.ts'
import type { Packed, PackedBatch } from './packed.ts'

type Entry = TelemetryEntry | Finding

/** What the thread that owns a journal does for another one. */
export type JournalCalls = {
  append(argument: { stream: StreamName; entries: readonly Entry[]; options: AppendOptions }): number
  waitForSpace(): void
  register(argument: { consumer: string; stream: StreamName }): void
  /** The first batch of a scan; an empty one at its end. */
  scan(argument: { stream: StreamName; from: number }): Batch<Entry>
  facts(argument: string): Map<string, unknown>
  tally(): Tally
  info(): JournalInfo
  history(): JournalHistory
  close(): void
  cursor(argument: { consumer: string }): number
  read(argument: { consumer: string; from: number; max: number }): PackedBatch
  states(argument: { consumer: string; keys: readonly string[] }): { keys: string[]; states: Packed }
  deadLetters(argument: { consumer: string }): DeadLetterEntry[]
  commit(argument: { consumer: string; commit: PackedCommit }): void
}

/** The user's end of the port to a journal. */
export type JournalLink = ThreadLink<JournalCalls>

/** A commit as it is sent. */
export interface PackedCommit extends Omit<Commit, 'state'> {
  state?: { keys: string[]; states: Packed; removed: string[] }
}

/** The errors of a journal that its users distinguish. */
export const journalErrors = [
  JournalClosedError,
  JournalConsumerError,
  JournalDamagedError,
  JournalFencedError,
  JournalFullError,
  JournalKeyError,
  JournalWriteError,
]
