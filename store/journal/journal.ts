import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { ExpectedError } from '../../lib/expected-error.ts'
import type { EncodedBatch } from './encoding.ts'
import type { JournalHistory } from './history/journal-history.ts'

/** The streams of the journal and the type of their entries. */
export interface Streams {
  telemetry: TelemetryEntry
  findings: Finding
}

export type StreamName = keyof Streams

/** Running totals, committed together with what they count. */
export type Tally = Readonly<Record<string, number>>

export interface AppendOptions {
  /** Counters added to the journal's totals in the same commit. */
  tally?: Tally
  /** Key → value kept without limit of time: what acceptance needs at its start. */
  facts?: ReadonlyMap<string, unknown>
}

/** A section of a stream: entries with the offsets `from … next − 1`. */
export interface Batch<E> {
  from: number
  /** Offset after the last entry. Equals `from` for an empty batch. */
  next: number
  entries: readonly E[]
}

/** A dead letter: an entry that a consumer could not handle. */
export interface DeadLetterEntry<E = unknown> {
  /** Offset in its stream. */
  offset: number
  entry: E
  /** Error message of the last attempt. */
  error: string
  attempts: number
  /** Time at which it became a dead letter, ms since 1970 UTC. */
  at: number
}

export interface Commit<E = unknown> {
  /** Every entry before this offset is done or a dead letter. */
  cursor: number
  /** State, or `EncodedState`, to store (or, with `undefined`, to delete) under each key, private to the consumer. */
  state?: ReadonlyMap<string, unknown>
  /** Appended to the `findings` stream in the same transaction. */
  findings?: readonly Finding[]
  /** New dead letters, kept however far the stream is trimmed; the same offset again replaces the earlier one. */
  deadLetters?: readonly DeadLetterEntry<E>[]
  /** Offsets of dead letters that are done. */
  resolvedDeadLetters?: readonly number[]
}

/** Reads in the form in which the journal stores: for another thread, which decodes it (`encoding.ts`). */
export interface EncodedReads {
  /** The same as `JournalConsumer.read`. */
  read(from: number, max: number, signal: AbortSignal): Promise<EncodedBatch>
  /** The same as `JournalConsumer.states`. */
  states(keys: readonly string[]): Promise<Map<string, Uint8Array>>
}

/** A consumer as a journal gives it out. */
export interface StoredConsumer<E> extends JournalConsumer<E> {
  readonly encoded: EncodedReads
}

/** Reads one stream from its own cursor, which survives restarts. One holder at a time. */
export interface JournalConsumer<E> {
  readonly name: string
  cursor(): Promise<number>
  /**
   * Return the next entries from `from`, about `max` at most (an append is never split). Wait for entries until `signal`
   * aborts, then return an empty batch. Trimmed entries are left out: `Batch.from` is the first offset returned.
   */
  read(from: number, max: number, signal: AbortSignal): Promise<Batch<E>>
  /** Return the stored state of each key that has one. */
  states(keys: readonly string[]): Promise<Map<string, unknown>>
  /**
   * Commit cursor, state, findings and dead letters in one durable transaction.
   * @throws JournalWriteError when the disk rejects it.
   * @throws JournalFencedError when another holder has taken over: nothing was kept, and nothing ever will be.
   */
  commit(commit: Commit<E>): Promise<void>
  /** Dead letters of this consumer, by offset. */
  deadLetters(): Promise<DeadLetterEntry<E>[]>
}

interface ConsumerInfo {
  name: string
  stream: StreamName
  cursor: number
  /** Entries not yet committed by the consumer. */
  lag: number
  /** Number of dead letters. */
  deadLetterCount: number
}

export interface JournalInfo {
  bytes: number
  maxBytes: number
  full: boolean
  /** `tail`: offset of the oldest entry retained; `head`: offset that the next entry will get. */
  streams: Record<StreamName, { tail: number; head: number }>
  consumers: ConsumerInfo[]
}

/**
 * The durable log between acceptance and all consumers. Entries have consecutive offsets from 0 in each
 * stream. Entries that every consumer has committed are trimmed, except the last `keepEntries` of a stream, from which
 * acceptance rebuilds the deduplicator.
 */
export interface Journal {
  /**
   * Append in order; resolve with the offset after the last entry when all are on disk.
   * @throws JournalFullError when the journal has reached its upper size: nothing was appended.
   * @throws JournalWriteError when the disk rejects it (full, failing): nothing was appended, a retry is possible.
   */
  append<S extends StreamName>(
    stream: S,
    entries: readonly Streams[S][],
    options?: AppendOptions,
  ): Promise<number>
  /** Resolve when there is space again after a JournalFullError, or when `signal` aborts. */
  waitForSpace(signal: AbortSignal): Promise<void>
  /**
   * Register a consumer, or find it again. A new one starts at the stream's tail, its oldest entry; from then on it
   * holds back trimming.
   */
  consumer<S extends StreamName>(name: string, stream: S): Promise<StoredConsumer<Streams[S]>>
  /** Read what is retained of a stream from `from` on, in batches, without waiting. */
  scan<S extends StreamName>(stream: S, from: number): AsyncIterable<Batch<Streams[S]>>
  facts(prefix: string): Promise<Map<string, unknown>>
  tally(): Promise<Tally>
  info(): Promise<JournalInfo>
  /** Identity of the journal and its openings, this one last: it tells whether a stored offset still names the same entry. */
  history(): JournalHistory
  close(): Promise<void>
  /** Present where the journal is a file of this process; a journal elsewhere has a backup of its own. */
  readonly copying?: JournalCopying
}

/** Copying the journal while it is in use. */
export interface JournalCopying {
  /**
   * Trim nothing until the returned function is called: what other stores lack stays, until the journal is copied. That
   * function trims what was due meanwhile, so that a journal that has become full accepts entries again.
   */
  holdTrimming(): () => Promise<void>
  /** Copy the state of this moment to a new folder, which can be opened as a journal. */
  copyTo(dir: string): Promise<void>
}

/** Accepting more would break the upper size of the journal; consumers have to catch up first. */
export class JournalFullError extends ExpectedError {
  override readonly name = 'JournalFullError'
}

/** The disk rejected a commit: it is full or failing. Nothing of the commit was stored. */
export class JournalWriteError extends ExpectedError {
  override readonly name = 'JournalWriteError'
}

/** The data on disk is damaged. */
export class JournalDamagedError extends ExpectedError {
  override readonly name = 'JournalDamagedError'

  constructor(dir: string, found: string, options?: ErrorOptions) {
    super(
      `the journal in ${dir} is damaged: ${found}. ` +
        'Bring the folder back from a copy, or move it away and start again: devices make themselves known again and ' +
        'series, tickets and notices stay, but readings that were not in the series yet, and what the rules remember ' +
        'of each device, are lost',
      options,
    )
  }
}

/** The journal was written by a newer version of the program. Nothing was changed. */
export class JournalNewerError extends ExpectedError {
  override readonly name = 'JournalNewerError'

  constructor(place: string, format: number) {
    super(
      `the journal in ${place} was made by a newer Forewarn (its format is ${format}, this version knows ${journalFormat}). ` +
        'Start that version or a newer one; or restore a backup from before the update',
    )
  }
}

/** Format of what the adapters store; incremented with each change that an older program cannot read. */
export const journalFormat = 2

/** Another process has the journal's directory open. */
export class JournalLockedError extends ExpectedError {
  override readonly name = 'JournalLockedError'
  readonly dir: string
  /** Process id of the holder, as the operating system names it to this process. */
  readonly pid: number

  constructor(dir: string, pid: number, options?: ErrorOptions) {
    super(`the journal in ${dir} is in use by process ${pid}; one process at a time may open it`, options)
    this.dir = dir
    this.pid = pid
  }
}

/**
 * Another process has taken over the journal, because this one did not renew its lease in time (it hung, was paused
 * or disconnected). This process cannot write any more and has to restart.
 */
export class JournalFencedError extends ExpectedError {
  override readonly name = 'JournalFencedError'
}

/** A consumer asked for a stream that is not its own, or committed a cursor beyond the head of its stream. */
export class JournalConsumerError extends Error {
  override readonly name = 'JournalConsumerError'
}

/** The journal was closed. */
export class JournalClosedError extends Error {
  override readonly name = 'JournalClosedError'
}

/** A name of a fact, state or consumer is empty or too long. */
export class JournalKeyError extends Error {
  override readonly name = 'JournalKeyError'
}
