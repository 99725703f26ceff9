import { Bell } from '../bell.ts'
import { checkKey } from '../check-key.ts'
import { GroupCommit } from '../group-commit.ts'
import {
  type AppendOptions,
  type Batch,
  type Journal,
  type JournalConsumer,
  JournalFullError,
  type JournalInfo,
  type StreamName,
  type Streams,
  type Tally,
} from '../journal.ts'
import {
  countTally,
  describeState,
  hasRoomAgain,
  type Limits,
  liveBytes,
  registerConsumer,
  trimTarget,
} from '../state.ts'
import { decode, encode } from './codec.ts'
import { RedisConsumer } from './consumer.ts'
import type { RedisCore } from './core.ts'
import { RedisAwayError } from './errors.ts'
import type { Keys } from './keys.ts'
import type { RedisLink } from './link.ts'
import type { Owner } from './owner.ts'
import { copyRedisState, fieldsOf, type RedisState, streamNames } from './stored-state.ts'
import { RedisStream, storedBytes } from './stream.ts'

export interface RedisJournalParts {
  link: RedisLink
  keys: Keys
  limits: Limits
  state: RedisState
  /** @param lost is to be called when another has taken over */
  own(lost: () => void): Owner
  /** Called once the partition is given free. */
  closed(): void
}

const scanEntries = 1_000

const factsAtOnce = 1_000

/** Nothing tells when Redis has memory again: it is tried. */
const outOfMemoryMs = 1_000

/** One partition of the journal, owned by this process. What it knows in memory is what Redis has confirmed. */
export class RedisJournal implements Journal {
  readonly #parts: RedisJournalParts
  readonly #owner: Owner
  readonly #core: RedisCore
  #outOfMemory = false
  #closing: Promise<void> | undefined

  constructor(parts: RedisJournalParts) {
    const { link, keys, state, own } = parts
    this.#parts = parts
    const bell = new Bell()
    this.#owner = own(() => bell.ring())
    const commits = new GroupCommit<RedisState>({
      state,
      copy: copyRedisState,
      transact: (fill, draft) => this.#transact(fill, draft),
      committed: () => bell.ring(),
    })
    this.#core = {
      link,
      keys,
      commits,
      bell,
      streams: {
        telemetry: new RedisStream('telemetry', keys.telemetry, link),
        findings: new RedisStream('findings', keys.findings, link),
      },
      assertUsable: () => {
        commits.assertOpen()
        this.#owner.assertOwner()
      },
      settled: () => this.#settled(),
    }
  }

  async append<S extends StreamName>(
    name: S,
    entries: readonly Streams[S][],
    options: AppendOptions = {},
  ): Promise<number> {
    try {
      return await this.#append(name, entries, options)
    } catch (error) {
      // Being refused made the journal give up what it keeps behind the consumers, and that may have been enough.
      if (!(error instanceof JournalFullError) || this.#isFull()) throw error
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
    const packedFacts = [...(facts ?? [])].map(([key, value]) => [checkKey(key), encode(value)] as const)
    return await this.#core.commits.add((draft) => {
      this.#checkRoom(draft, storedBytes(packed.data.length))
      if (entries.length > 0) stream.append(draft.changes, draft.extents[name], packed)
      for (const [key, value] of packedFacts) draft.changes.put('facts', key, value)
      if (tally) countTally(draft, tally)
      return draft.extents[name].head
    })
  }

  async room(signal: AbortSignal): Promise<void> {
    while (this.#isFull() && !signal.aborted) {
      this.#owner.assertOwner()
      await this.#core.bell.wait(signal)
    }
  }

  async consumer<S extends StreamName>(name: string, stream: S): Promise<JournalConsumer<Streams[S]>> {
    checkKey(name)
    return await this.#core.commits.add((draft) => {
      registerConsumer(draft, name, stream)
      return new RedisConsumer(this.#core, { name, stream })
    })
  }

  async *scan<S extends StreamName>(name: S, from: number): AsyncIterable<Batch<Streams[S]>> {
    const { commits, streams, assertUsable } = this.#core
    const stream: RedisStream<S> = streams[name]
    let next = from
    while (true) {
      assertUsable()
      const batch = await stream.read(commits.state.extents[name], next, scanEntries)
      if (batch.entries.length === 0) return
      yield batch
      next = batch.next
    }
  }

  async facts(prefix: string): Promise<Map<string, unknown>> {
    await this.#settled()
    const { link, keys } = this.#core
    const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
    const found = new Map<string, unknown>()
    let cursor = '0'
    do {
      const at = cursor
      const [next, some] = await link.ask((client) =>
        client.hscanBuffer(keys.facts, at, 'MATCH', pattern, 'COUNT', factsAtOnce),
      )
      for (let i = 0; i + 1 < some.length; i += 2)
        found.set(`${some[i]}`, decode(some[i + 1] ?? Buffer.alloc(0)))
      cursor = next.toString()
    } while (cursor !== '0')
    return found
  }

  async tally(): Promise<Tally> {
    return { ...this.#core.commits.state.tally }
  }

  async info(): Promise<JournalInfo> {
    const { state } = this.#core.commits
    return {
      ...describeState(state, this.#parts.limits, (name) => state.asides.get(name)?.size ?? 0),
      full: this.#isFull(),
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#core.commits.close()
    this.#core.bell.ring()
    try {
      await this.#owner.release()
    } catch (error) {
      // The lease then ends by itself.
      if (!(error instanceof RedisAwayError)) throw error
    } finally {
      this.#parts.closed()
    }
  }

  async #transact(fill: () => void, draft: RedisState): Promise<void> {
    const before = fieldsOf(this.#core.commits.state)
    fill()
    for (const [field, value] of fieldsOf(draft)) {
      if (value !== before.get(field)) draft.changes.put('meta', field, value)
    }
    this.#trim(draft)
    try {
      const tails = await this.#owner.write(draft.changes)
      for (const name of streamNames) Object.assign(draft.extents[name], tails[name])
    } catch (error) {
      if (error instanceof JournalFullError) this.#outOfMemoryFor(outOfMemoryMs)
      throw error
    }
    if (hasRoomAgain(draft, this.#parts.limits)) draft.full = false
  }

  #trim(draft: RedisState): void {
    for (const name of streamNames) {
      const target = trimTarget(draft, name, this.#parts.limits)
      if (target > draft.extents[name].tail) draft.changes.trim(name, target)
    }
  }

  #checkRoom(draft: RedisState, bytes: number): void {
    const { maxBytes } = this.#parts.limits
    if (this.#outOfMemory) throw new JournalFullError('Redis has reached its maxmemory')
    if (!draft.full && liveBytes(draft) + bytes <= maxBytes) return
    draft.full = true
    throw new JournalFullError(`the journal holds ${liveBytes(draft)} of ${maxBytes} bytes`)
  }

  #outOfMemoryFor(ms: number): void {
    this.#outOfMemory = true
    const over = () => {
      this.#outOfMemory = false
      this.#core.bell.ring()
    }
    setTimeout(over, ms).unref()
  }

  #isFull(): boolean {
    return this.#core.commits.state.full || this.#outOfMemory
  }

  async #settled(): Promise<void> {
    this.#core.assertUsable()
    if (this.#owner.inDoubt) await this.#core.commits.add(() => undefined)
  }
}
