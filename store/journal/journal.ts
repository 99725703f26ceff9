import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'

/** The streams of the journal and what each holds. */
export interface Streams {
  telemetry: TelemetryEntry
  findings: Finding
}

export type StreamName = keyof Streams

/** Running totals, committed together with what they count. */
export type Tally = Readonly<Record<string, number>>

export interface AppendOptions {
  /** Added to the journal's totals in the same commit. */
  tally?: Tally
  /** Key → value kept by the journal for ever, for what acceptance must know at start without asking anyone. */
  facts?: ReadonlyMap<string, unknown>
}

/** A part of a stream: entries with the offsets `from … next − 1`. */
export interface Batch<E> {
  from: number
  /** Offset of the entry after the last one. Equals `from` when there was nothing to read. */
  next: number
  entries: readonly E[]
}

/** An entry that a consumer could not handle, set aside so that the rest goes on. */
export interface DeadLetterEntry<E = unknown> {
  /** Where it stood in its stream. */
  offset: number
  entry: E
  /** In words, why it could not be handled. */
  error: string
  attempts: number
  /** When it was set aside, ms since 1970 UTC. */
  at: number
}

export interface Commit<E = unknown> {
  /** Everything before this offset is done, or set aside. */
  cursor: number
  /** State to keep (or, with `undefined`, to forget) under each key, private to the consumer. */
  state?: ReadonlyMap<string, unknown>
  /** Appended to the `findings` stream in the same transaction. */
  findings?: readonly Finding[]
  /** Kept, however far the stream is trimmed, until `settled`; the same offset again replaces what was kept. */
  deadLetters?: readonly DeadLetterEntry<E>[]
  /** Offsets of what was set aside and is done with. */
  resolvedDeadLetters?: readonly number[]
}

/** Reads one stream from its own cursor, which survives restarts. One holder at a time. */
export interface JournalConsumer<E> {
  readonly name: string
  cursor(): Promise<number>
  /**
   * The next entries from `from`, at most about `max` (a whole append is never split); waits for some until `signal`
   * aborts, then gives an empty batch. What was trimmed meanwhile is left out: `Batch.from` says where it begins.
   */
  read(from: number, max: number, signal: AbortSignal): Promise<Batch<E>>
  /** The kept state of each key that has one. */
  states(keys: readonly string[]): Promise<Map<string, unknown>>
  /**
   * Cursor, state, findings and what is set aside in one durable transaction: all of it or nothing.
   * @throws JournalWriteError when the disk refused it.
   * @throws JournalFencedError when another holder has taken over: nothing was kept, and nothing ever will be.
   */
  commit(commit: Commit<E>): Promise<void>
  /** What this consumer has set aside, by offset. */
  deadLetters(): Promise<DeadLetterEntry<E>[]>
}

interface ConsumerInfo {
  name: string
  stream: StreamName
  cursor: number
  /** Entries still to do. */
  lag: number
  /** Entries set aside. */
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
 * The durable log between acceptance and everything after it. Entries have consecutive offsets from 0 in each
 * stream. What every consumer has committed is trimmed, but for the last `keepEntries` of a stream, from which
 * acceptance rebuilds its memory of duplicates.
 */
export interface Journal {
  /**
   * Append in order; resolves, with the offset after the last entry, when it is on disk.
   * @throws JournalFullError when the journal has reached its upper size: nothing was appended.
   * @throws JournalWriteError when the disk refused it (full, failing): nothing was appended, it can be tried again.
   */
  append<S extends StreamName>(
    stream: S,
    entries: readonly Streams[S][],
    options?: AppendOptions,
  ): Promise<number>
  /** Resolve when there is room again after a JournalFullError, or when `signal` aborts. */
  waitForSpace(signal: AbortSignal): Promise<void>
  /**
   * Register (or finds again) a consumer. A new one starts at the stream's tail, its oldest entry; from then on it
   * holds back trimming.
   */
  consumer<S extends StreamName>(name: string, stream: S): Promise<JournalConsumer<Streams[S]>>
  /** What is retained of a stream from `from` on, without waiting, in batches. */
  scan<S extends StreamName>(stream: S, from: number): AsyncIterable<Batch<Streams[S]>>
  facts(prefix: string): Promise<Map<string, unknown>>
  tally(): Promise<Tally>
  info(): Promise<JournalInfo>
  close(): Promise<void>
}

/** Accepting more would break the upper size of the journal; consumers have to catch up first. */
export class JournalFullError extends Error {
  override readonly name = 'JournalFullError'
}

/** The disk refused a commit: it is full, or failing. Nothing of the commit was kept. */
export class JournalWriteError extends Error {
  override readonly name = 'JournalWriteError'
}

/** What is on disk is not what the journal wrote. */
export class JournalDamagedError extends Error {
  override readonly name = 'JournalDamagedError'

  constructor(dir: string, found: string, options?: ErrorOptions) {
    super(
      `the journal in ${dir} is damaged: ${found}. ` +
        'Bring the folder back from a copy, or move it away and start anew: devices make themselves known again and ' +
        'series, tickets and notices stay, but readings that were not in the series yet, and what the rules remember ' +
        'of each device, are lost',
      options,
    )
  }
}

/** Another process works on the journal's directory. */
export class JournalLockedError extends Error {
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
 * Another process has taken the journal over, because this one did not renew its lease in time (it hung, was paused,
 * was cut off). It cannot write any more, and has to start anew.
 */
export class JournalFencedError extends Error {
  override readonly name = 'JournalFencedError'
}

/** A consumer asked for what cannot be: another stream than its own, or a cursor beyond the head of its stream. */
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
