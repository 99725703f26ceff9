import { randomUUID } from 'node:crypto'
import { ConditionVariable } from '../condition-variable.ts'
import { decodeBatch, encode } from '../encoding.ts'
import { GroupCommit } from '../group-commit.ts'
import { type JournalHistory, recordOpening } from '../history/journal-history.ts'
import {
  type AppendOptions,
  type Batch,
  type Journal,
  JournalFullError,
  type JournalInfo,
  journalFormat,
  type StoredConsumer,
  type StreamName,
  type Streams,
  type Tally,
} from '../journal.ts'
import {
  addToTally,
  hasSpaceAgain,
  liveBytes,
  type RetentionLimits,
  registerConsumer,
  toJournalInfo,
  trimTarget,
  validateKey,
} from '../journal-state.ts'
import { RedisUnavailableError } from './errors.ts'
import type { PartitionKeys } from './keys.ts'
import type { PartitionOwner } from './partition-owner.ts'
import type { RedisConnection } from './redis-connection.ts'
import { RedisConsumer } from './redis-consumer.ts'
import type { RedisCore } from './redis-core.ts'
import {
  type ConfirmedState,
  copyRedisJournalState,
  factsVersionField,
  observe,
  type RedisJournalState,
  streamNames,
  toMetaFields,
} from './redis-journal-state.ts'
import { RedisStream, storedBytes } from './redis-stream.ts'
import { readFacts } from './shared/read-hashes.ts'

export interface RedisJournalDependencies {
  connection: RedisConnection
  keys: PartitionKeys
  limits: RetentionLimits
  state: RedisJournalState
  /** @param lost called when another process has taken over */
  createOwner(lost: () => void): PartitionOwner
  /** Called once the partition is released. */
  onClosed(): void
  /** Called after each commit that has written something. */
  onCommitted?(): void
}

const scanBatchEntries = 1_000

/** Redis does not notify when it has memory again: retry at this interval, ms. */
const outOfMemoryRetryMs = 1_000

/** One partition of the journal, owned by this process. Its state in memory is what Redis has confirmed. */
export class RedisJournal implements Journal {
  readonly #parts: RedisJournalDependencies
  readonly #owner: PartitionOwner
  readonly #core: RedisCore
  readonly #opening = randomUUID().slice(0, 8)
  #factChanges = 0
  #outOfMemory = false
  #closing: Promise<void> | undefined

  constructor(parts: RedisJournalDependencies) {
    const { connection, keys, state, createOwner, onCommitted } = parts
    this.#parts = parts
    const bell = new ConditionVariable()
    this.#owner = createOwner(() => bell.notifyAll())
    const commits = new GroupCommit<RedisJournalState>({
      state,
      copy: copyRedisJournalState,
      transact: (fill, draft) => this.#transact(fill, draft),
      onCommitted: ({ writes }) => {
        bell.notifyAll()
        if (!writes.isEmpty) onCommitted?.()
      },
    })
    this.#core = {
      connection,
      keys,
      commits,
      changed: bell,
      streams: {
        telemetry: new RedisStream('telemetry', keys.telemetry, connection),
        findings: new RedisStream('findings', keys.findings, connection),
      },
      assertUsable: () => {
        commits.assertOpen()
        this.#owner.assertOwner()
      },
      resolveInDoubt: () => this.#resolveInDoubt(),
    }
  }

  /** Add this opening to the journal's history; a journal without an id gets one. */
  async recordOpening(newId: () => string): Promise<void> {
    await this.#core.commits.add((draft) => {
      const { telemetry, findings } = draft.streamBounds
      const heads = { telemetry: telemetry.head, findings: findings.head }
      draft.history = recordOpening(draft.history, heads, newId)
      draft.writes.put('meta', 'format', String(journalFormat))
    })
  }

  /**
   * Write nothing: so Redis learns that the last write was answered, and other processes may rely on it. What is due is
   * trimmed.
   */
  async confirm(): Promise<void> {
    await this.#core.commits.add(() => undefined)
  }

  /** Offsets before which the streams of this process may be trimmed. */
  trimTargets(): number[] {
    const { state } = this.#core.commits
    return state.ownStreams.map((name) => trimTarget(state, name, this.#parts.limits))
  }

  /** Take over what other processes have confirmed. @param own names of the consumers of this process */
  observe(confirmed: ConfirmedState, own: ReadonlySet<string>): void {
    observe(this.#core.commits.state, confirmed, own)
    this.#core.changed.notifyAll()
  }

  async append<S extends StreamName>(
    name: S,
    entries: readonly Streams[S][],
    options: AppendOptions = {},
  ): Promise<number> {
    try {
      return await this.#append(name, entries, options)
    } catch (error) {
      // The rejection made the journal give up what it keeps behind the consumers, and that may be enough.
      if (!(error instanceof JournalFullError) || this.isFull) throw error
      return await this.#append(name, entries, options)
    }
  }

  async #append<S extends StreamName>(
    name: S,
    entries: readonly Streams[S][],
    { tally, facts }: AppendOptions,
  ): Promise<number> {
    const stream: RedisStream<S> = this.#core.streams[name]
    const packed = { data: encode(entries), count: entries.length }
    const packedFacts = [...(facts ?? [])].map(([key, value]) => [validateKey(key), encode(value)] as const)
    return await this.#core.commits.add((draft) => {
      this.#ensureSpace(draft, storedBytes(packed.data.length))
      if (entries.length > 0) stream.append(draft.writes, draft.streamBounds[name], packed)
      for (const [key, value] of packedFacts) draft.writes.put('facts', key, value)
      // Facts that change all the time have no slash.
      if (packedFacts.some(([key]) => key.includes('/')))
        draft.writes.put('meta', factsVersionField, `${this.#opening}-${++this.#factChanges}`)
      if (tally) addToTally(draft, tally)
      return draft.streamBounds[name].head
    })
  }

  async waitForSpace(signal: AbortSignal): Promise<void> {
    while (this.isFull && !signal.aborted) {
      this.#owner.assertOwner()
      await this.#core.changed.wait(signal)
    }
  }

  async consumer<S extends StreamName>(name: string, stream: S): Promise<StoredConsumer<Streams[S]>> {
    validateKey(name)
    return await this.#core.commits.add((draft) => {
      registerConsumer(draft, name, stream)
      return new RedisConsumer(this.#core, { name, stream })
    })
  }

  async *scan<S extends StreamName>(name: S, from: number): AsyncIterable<Batch<Streams[S]>> {
    const { commits, streams, assertUsable } = this.#core
    const stream = streams[name]
    let next = from
    while (true) {
      assertUsable()
      const batch = decodeBatch<Streams[S]>(
        await stream.read(commits.state.streamBounds[name], next, scanBatchEntries),
      )
      if (batch.entries.length === 0) return
      yield batch
      next = batch.next
    }
  }

  async facts(prefix: string): Promise<Map<string, unknown>> {
    await this.#resolveInDoubt()
    const { connection, keys } = this.#core
    return readFacts(connection, keys.facts, prefix)
  }

  async tally(): Promise<Tally> {
    return { ...this.#core.commits.state.tally }
  }

  async info(): Promise<JournalInfo> {
    const { state } = this.#core.commits
    return {
      ...toJournalInfo(state, this.#parts.limits, (name) => state.deadLetterOffsets.get(name)?.size ?? 0),
      full: this.isFull,
    }
  }

  history(): JournalHistory {
    return this.#core.commits.state.history
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#core.commits.close()
    this.#core.changed.notifyAll()
    try {
      await this.#owner.release()
    } catch (error) {
      // The lease then expires.
      if (!(error instanceof RedisUnavailableError)) throw error
    } finally {
      this.#parts.onClosed()
    }
  }

  async #transact(fill: () => void, draft: RedisJournalState): Promise<void> {
    const before = toMetaFields(this.#core.commits.state)
    fill()
    for (const [field, value] of toMetaFields(draft)) {
      if (value !== before.get(field)) draft.writes.put('meta', field, value)
    }
    this.#trim(draft)
    try {
      const tails = await this.#owner.write(draft.writes)
      for (const name of streamNames) Object.assign(draft.streamBounds[name], tails[name])
    } catch (error) {
      if (error instanceof JournalFullError) this.#markOutOfMemory(outOfMemoryRetryMs)
      throw error
    }
    if (hasSpaceAgain(draft, this.#parts.limits)) draft.full = false
  }

  #trim(draft: RedisJournalState): void {
    for (const name of draft.ownStreams) {
      const target = trimTarget(draft, name, this.#parts.limits)
      if (target > draft.streamBounds[name].tail) draft.writes.trim(name, target)
    }
  }

  #ensureSpace(draft: RedisJournalState, bytes: number): void {
    const { maxBytes } = this.#parts.limits
    if (this.#outOfMemory) throw new JournalFullError('Redis has reached its maxmemory')
    if (!draft.full && liveBytes(draft) + bytes <= maxBytes) return
    draft.full = true
    throw new JournalFullError(`the journal holds ${liveBytes(draft)} of ${maxBytes} bytes`)
  }

  #markOutOfMemory(ms: number): void {
    this.#outOfMemory = true
    const over = () => {
      this.#outOfMemory = false
      this.#core.changed.notifyAll()
    }
    setTimeout(over, ms).unref()
  }

  /** Whether it takes no append at present. */
  get isFull(): boolean {
    return this.#core.commits.state.full || this.#outOfMemory
  }

  async #resolveInDoubt(): Promise<void> {
    this.#core.assertUsable()
    if (this.#owner.inDoubt) await this.#core.commits.add(() => undefined)
  }
}
