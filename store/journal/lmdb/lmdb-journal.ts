import { randomUUID } from 'node:crypto'
import { mkdir, realpath } from 'node:fs/promises'
import { ConditionVariable } from '../condition-variable.ts'
import { GroupCommit } from '../group-commit.ts'
import {
  emptyHistory,
  formatHistory,
  type JournalHistory,
  parseHistory,
  recordOpening,
} from '../history/journal-history.ts'
import type {
  AppendOptions,
  Batch,
  Journal,
  JournalCopying,
  JournalInfo,
  StoredConsumer,
  StreamName,
  Streams,
  Tally,
} from '../journal.ts'
import { JournalFullError, JournalNewerError, journalFormat } from '../journal.ts'
import {
  addToTally,
  copyJournalState,
  hasSpaceAgain,
  type JournalState,
  liveBytes,
  registerConsumer,
  toJournalInfo,
  trimTarget,
  validateKey,
} from '../journal-state.ts'
import { acquireDirectoryLock } from './directory-lock.ts'
import { FilePreallocation, maxDirtyBytes } from './file-preallocation.ts'
import { LmdbConsumer } from './lmdb-consumer.ts'
import type { LmdbCore } from './lmdb-core.ts'
import { LmdbStream } from './lmdb-stream.ts'
import { deadLetterRange, encode, openTables, type Tables } from './tables.ts'
import { readOrThrowDamaged, verifyLmdbFile } from './verify-lmdb-file.ts'

export interface LmdbJournalOptions {
  /** Directory of its own; created where missing. */
  dir: string
  /** Maximum size of what is retained, bytes. The file may be somewhat larger and never shrinks. */
  maxBytes: number
  /** Entries of each stream that stay readable behind the slowest consumer; given up when the journal is full. */
  keepEntries: number
  /** Creates the ids of the journal and of its openings. Default: random. */
  newId?: () => string
}

/**
 * Open the journal in one LMDB file, for one process.
 * @throws JournalDamagedError when its file is not whole
 * @throws JournalLockedError when another process has it open
 * @throws JournalNewerError when a newer version of the program wrote it
 */
export async function openLmdbJournal(options: LmdbJournalOptions): Promise<Journal> {
  await mkdir(options.dir, { recursive: true })
  const dir = await realpath(options.dir)
  verifyLmdbFile(dir)
  const tables = openTables(dir)
  try {
    acquireDirectoryLock(tables.env, dir)
    const format = Number(tables.identity.get('format') ?? journalFormat)
    if (format > journalFormat) throw new JournalNewerError(dir, format)
    const journal = readOrThrowDamaged(dir, () => new LmdbJournal(tables, { ...options, dir }))
    await journal.recordOpening(options.newId ?? randomUUID)
    return journal
  } catch (error) {
    await tables.env.close()
    throw error
  }
}

const scanBatchEntries = 1000

class LmdbJournal implements Journal {
  readonly #options: LmdbJournalOptions
  readonly #core: LmdbCore
  readonly #preallocation: FilePreallocation
  /** Number of copies that need everything to stay. */
  #holds = 0

  constructor(tables: Tables, options: LmdbJournalOptions) {
    this.#options = options
    const streams = {
      telemetry: new LmdbStream('telemetry', tables.streams.telemetry, options.dir),
      findings: new LmdbStream('findings', tables.streams.findings, options.dir),
    }
    const bell = new ConditionVariable()
    const commits = new GroupCommit<JournalState>({
      state: {
        streamBounds: { telemetry: streams.telemetry.loadBounds(), findings: streams.findings.loadBounds() },
        consumers: new Map([...tables.consumers.getRange()].map(({ key, value }) => [key, value])),
        tally: tables.totals.get('tally') ?? {},
        history: parseHistory(tables.identity.get('history') ?? '') ?? emptyHistory,
        full: false,
      },
      copy: copyJournalState,
      transact: async (fill, _draft, bytes) => {
        this.#preallocation.reserve(bytes)
        await transact(tables, fill)
      },
      onCommitted: () => bell.notifyAll(),
    })
    this.#core = { tables, streams, commits, changed: bell, trim: (draft) => this.#trim(draft) }
    this.#preallocation = new FilePreallocation(tables.env, options.dir)
  }

  /** Add this opening to the journal's history; a journal without an id gets one. */
  async recordOpening(newId: () => string): Promise<void> {
    const { tables, commits } = this.#core
    await commits.add(
      (draft) => {
        const { telemetry, findings } = draft.streamBounds
        const heads = { telemetry: telemetry.head, findings: findings.head }
        draft.history = recordOpening(draft.history, heads, newId)
        tables.identity.put('format', String(journalFormat))
        tables.identity.put('history', formatHistory(draft.history))
      },
      maxDirtyBytes([{ bytes: 10_000 }]),
    )
  }

  async append<S extends StreamName>(
    name: S,
    entries: readonly Streams[S][],
    { tally, facts }: AppendOptions = {},
  ): Promise<number> {
    const { tables, commits } = this.#core
    const stream: LmdbStream<S> = this.#core.streams[name]
    const encoded = stream.encode(entries)
    const encodedFacts = [...(facts ?? [])].map(
      ([key, value]) => [validateKey(key), encode(tables.facts, value)] as const,
    )
    const writes = [encoded, ...encodedFacts.map(([, fact]) => fact)]
    return await commits.add((draft) => {
      this.#ensureSpace(draft, encoded.bytes)
      if (entries.length > 0) stream.append(draft.streamBounds[name], encoded, entries.length)
      for (const [key, { value }] of encodedFacts) tables.facts.put(key, value)
      if (tally) this.#addToTally(draft, tally)
      return draft.streamBounds[name].head
    }, maxDirtyBytes(writes))
  }

  async waitForSpace(signal: AbortSignal): Promise<void> {
    const { commits, changed } = this.#core
    while (commits.state.full && !signal.aborted) await changed.wait(signal)
  }

  async consumer<S extends StreamName>(name: string, stream: S): Promise<StoredConsumer<Streams[S]>> {
    const { tables, commits } = this.#core
    validateKey(name)
    return await commits.add((draft) => {
      tables.consumers.put(name, registerConsumer(draft, name, stream))
      return new LmdbConsumer(this.#core, { name, stream })
    })
  }

  async *scan<S extends StreamName>(name: S, from: number): AsyncIterable<Batch<Streams[S]>> {
    const { commits, streams } = this.#core
    const stream: LmdbStream<S> = streams[name]
    commits.assertOpen()
    let batch = stream.read(from, scanBatchEntries)
    while (batch.entries.length > 0) {
      yield batch
      commits.assertOpen()
      batch = stream.read(batch.next, scanBatchEntries)
    }
  }

  async facts(prefix: string): Promise<Map<string, unknown>> {
    const { commits, tables } = this.#core
    commits.assertOpen()
    return readOrThrowDamaged(this.#options.dir, () => {
      const found = new Map<string, unknown>()
      for (const { key, value } of tables.facts.getRange(prefix === '' ? {} : { start: prefix })) {
        if (!key.startsWith(prefix)) break
        found.set(key, value)
      }
      return found
    })
  }

  async tally(): Promise<Tally> {
    return { ...this.#core.commits.state.tally }
  }

  async info(): Promise<JournalInfo> {
    const { commits, tables } = this.#core
    return toJournalInfo(commits.state, this.#options, (name) =>
      tables.deadLetters.getKeysCount(deadLetterRange(name)),
    )
  }

  history(): JournalHistory {
    return this.#core.commits.state.history
  }

  readonly copying: JournalCopying = {
    holdTrimming: () => {
      this.#holds++
      return async () => {
        this.#holds--
        await this.#core.commits.add((draft) => this.#trim(draft))
      }
    },
    copyTo: async (dir) => {
      await mkdir(dir, { recursive: true })
      await this.#core.tables.env.backup(dir, false)
    },
  }

  async close(): Promise<void> {
    const { tables, commits, changed } = this.#core
    await commits.close()
    changed.notifyAll()
    await tables.env.close()
    this.#preallocation.close()
  }

  #ensureSpace(draft: JournalState, bytes: number): void {
    const { maxBytes } = this.#options
    if (!draft.full && liveBytes(draft) + bytes <= maxBytes) return
    draft.full = true
    this.#trim(draft)
    if (draft.full) throw new JournalFullError(`the journal holds ${liveBytes(draft)} of ${maxBytes} bytes`)
  }

  #trim(draft: JournalState): void {
    if (this.#holds > 0) return
    for (const stream of Object.values(this.#core.streams)) {
      stream.trim(draft.streamBounds[stream.name], trimTarget(draft, stream.name, this.#options))
    }
    if (hasSpaceAgain(draft, this.#options)) draft.full = false
  }

  #addToTally(draft: JournalState, tally: Tally): void {
    addToTally(draft, tally)
    this.#core.tables.totals.put('tally', draft.tally)
  }
}

/** LMDB reports why a commit failed in a second promise; unhandled, it would end the process. */
async function transact({ env }: Tables, fill: () => void): Promise<void> {
  try {
    await env.batch(fill)
  } catch (error) {
    if (error instanceof Error && 'commitError' in error) await error.commitError
    throw error
  }
}
