import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Finding } from '../../contract/finding.ts'
import { nextTurn } from '../../lib/event-loop-turn.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import type { Batch, Commit, DeadLetterEntry, JournalConsumer } from '../../store/journal/journal.ts'
import type { DeviceState } from '../engine/engine.ts'

export interface CheckpointOptions {
  /** How long a state may wait until it is stored, ms. */
  intervalMs: number
  /** Monotonic clock, ms. */
  monotonicNow(): number
}

type Inner = JournalConsumer<TelemetryEntry>
type KeyedState = readonly [key: string, state: unknown]

/** Key of the offset up to which findings are in the journal; device ids contain no slash. */
const reportedKey = '/reported'
/** States that are encoded in one turn of the event loop, and stored in one commit. */
const [statesPerTurn, statesPerCommit] = [10, 240]
/** With no entry for so long there is time for a checkpoint, ms. */
const idleMs = 200

/**
 * Consumer whose states are stored from time to time: a device that sends a lot is written once in a while, and not with
 * each batch. Findings are stored at once, with the offset up to which they are complete.
 *
 * The cursor is that of the last checkpoint. A state also has the offset up to which it is evaluated, so that a checkpoint can be
 * stored in several commits; the last of them moves the cursor. After a crash the entries from the cursor on are evaluated
 * again, by each device from its own offset, and findings that are in the journal already are dropped (`reportedUpTo`).
 */
export class CheckpointedConsumer implements Inner {
  readonly name: string
  readonly #inner: Inner
  readonly #options: CheckpointOptions
  /** States that are not stored yet; undefined for one to be removed. */
  readonly #waiting = new Map<string, unknown>()
  /** Keys that may only be stored together with the cursor. */
  readonly #withCursor = new Set<string>()
  #waitingSince: number | undefined
  /** Cursor in the journal, and that of the last commit. */
  #checkpoint: number
  #position: number
  #reportedUpTo: number
  /** Whether states in memory may be ahead of the position: a batch is evaluated, and not committed. */
  #isAhead = false

  private constructor(
    inner: Inner,
    options: CheckpointOptions,
    { cursor, reported }: { cursor: number; reported: number },
  ) {
    this.name = inner.name
    this.#inner = inner
    this.#options = options
    this.#checkpoint = cursor
    this.#position = cursor
    this.#reportedUpTo = reported
  }

  static async open(inner: Inner, options: CheckpointOptions): Promise<CheckpointedConsumer> {
    const cursor = await inner.cursor()
    const reported = Number((await inner.states([reportedKey])).get(reportedKey) ?? 0)
    return new CheckpointedConsumer(inner, options, { cursor, reported })
  }

  /** Findings of entries before this offset are in the journal. */
  get reportedUpTo(): number {
    return this.#reportedUpTo
  }

  /** Offset from which entries have to be evaluated again when the states in memory are lost. */
  get checkpoint(): number {
    return this.#checkpoint
  }

  /** Begin a batch: until its commit, states that wait may have changed with it. */
  begin(): void {
    this.#isAhead = true
  }

  cursor(): Promise<number> {
    return this.#inner.cursor()
  }

  deadLetters(): Promise<DeadLetterEntry<TelemetryEntry>[]> {
    return this.#inner.deadLetters()
  }

  /** Make a checkpoint when one is due, or when there is nothing to read. Then the batch may be empty. */
  async read(from: number, max: number, signal: AbortSignal): Promise<Batch<TelemetryEntry>> {
    if (this.#waitingSince === undefined) return this.#inner.read(from, max, signal)
    if (this.#options.monotonicNow() - this.#waitingSince >= this.#options.intervalMs) {
      await this.#store()
      return this.#inner.read(from, max, signal)
    }
    const batch = await readWithin(this.#inner, { from, max, signal, timeoutMs: idleMs })
    if (batch.entries.length === 0 && !signal.aborted) await this.#store()
    return batch
  }

  async states(keys: readonly string[]): Promise<Map<string, unknown>> {
    const found = await this.#inner.states(keys.filter((key) => !this.#waiting.has(key)))
    for (const key of keys) {
      const state = this.#waiting.get(key)
      if (state !== undefined) found.set(key, state)
    }
    return found
  }

  /**
   * Store findings at once, and states with the next checkpoint. Dead letters make one: the entry that they are of is not to
   * be evaluated again.
   */
  async commit(commit: Commit<TelemetryEntry>): Promise<void> {
    const { cursor, state = new Map<string, unknown>(), findings = [], ...deadLetters } = commit
    const { deadLetters: added = [], resolvedDeadLetters: resolved = [] } = deadLetters
    if (added.length + resolved.length > 0) {
      const all = this.#stamped(cursor, [...this.#waiting, ...state])
      await this.#inner.commit({ ...deadLetters, findings, cursor, state: all })
      this.#settle(cursor)
      return
    }
    await this.report(findings, cursor)
    for (const [key, value] of state) this.#waiting.set(key, value)
    this.#position = cursor
    this.#isAhead = false
    if (this.#position > this.#checkpoint) this.#waitingSince ??= this.#options.monotonicNow()
  }

  /** Store what was found in the entries before an offset; it is not stored again. */
  async report(findings: readonly Finding[], offset: number): Promise<void> {
    if (findings.length === 0) return
    const reported = new Map<string, unknown>([[reportedKey, offset]])
    await this.#inner.commit({ cursor: this.#checkpoint, state: reported, findings })
    this.#reportedUpTo = offset
    passFailpoint('rules.after_report')
  }

  /** Store states that are ahead of the others, up to an offset, and what was found meanwhile. */
  async storePortion(
    states: ReadonlyMap<string, unknown>,
    findings: readonly Finding[],
    offset: number,
  ): Promise<void> {
    await this.#inner.commit({
      cursor: this.#checkpoint,
      state: this.#stamped(offset, [...states]),
      findings,
    })
    for (const key of states.keys()) this.#waiting.delete(key)
    this.#waitingSince ??= this.#options.monotonicNow()
  }

  /** Store these states only together with the cursor: one without the other makes no sense. */
  keepTogether(keys: Iterable<string>): void {
    for (const key of keys) this.#withCursor.add(key)
  }

  /** Whether a state can only be stored together with the cursor. */
  isBound(key: string): boolean {
    return this.#withCursor.has(key)
  }

  /** Make a checkpoint as soon as possible. */
  makeDue(): void {
    this.#waitingSince = Number.NEGATIVE_INFINITY
  }

  /** Make a last checkpoint, unless a batch was given up: then its entries are evaluated again from the one before. */
  async close(): Promise<void> {
    if (!this.#isAhead) await this.#store()
  }

  /** Make a checkpoint: store all states that wait, and the cursor after them. */
  async #store(): Promise<void> {
    const position = this.#position
    const isLast = (key: string) => key.startsWith('/') || this.#withCursor.has(key)
    const alone = [...this.#waiting].filter(([key]) => !isLast(key))
    for (let from = 0; from < alone.length; from += statesPerCommit) {
      await this.#storeSlice(position, alone.slice(from, from + statesPerCommit))
      passFailpoint('rules.in_checkpoint')
    }
    const last = [...this.#waiting].filter(([key]) => isLast(key))
    await this.#inner.commit({ cursor: position, state: this.#stamped(position, last) })
    this.#settle(position)
  }

  /** Commits that wait for the same flush of the journal share it. */
  async #storeSlice(position: number, states: readonly KeyedState[]): Promise<void> {
    const commits: Promise<void>[] = []
    for (let from = 0; from < states.length; from += statesPerTurn) {
      const some = states.slice(from, from + statesPerTurn)
      const commit = this.#inner.commit({ cursor: this.#checkpoint, state: this.#stamped(position, some) })
      commit.catch(() => {}) // Thrown below: it may fail before all are begun.
      commits.push(commit)
      await nextTurn()
    }
    await Promise.all(commits)
  }

  /** Forget what waits: the states in memory are of no use any more. */
  discard(): void {
    this.#waiting.clear()
    this.#withCursor.clear()
    this.#waitingSince = undefined
    this.#position = this.#checkpoint
    this.#isAhead = false
  }

  #settle(cursor: number): void {
    this.#waiting.clear()
    this.#withCursor.clear()
    this.#waitingSince = undefined
    this.#checkpoint = cursor
    this.#position = cursor
    this.#isAhead = false
  }

  /** Record in the states of devices up to where they are evaluated. */
  #stamped(position: number, states: readonly KeyedState[]): Map<string, unknown> {
    for (const [key, state] of states) {
      if (state === undefined || key.startsWith('/')) continue
      const device = state as DeviceState
      device.evaluatedUpTo = Math.max(device.evaluatedUpTo ?? 0, position)
    }
    return new Map(states)
  }
}

/** Return an empty batch when nothing comes in time. */
async function readWithin(
  consumer: Inner,
  { from, max, signal, timeoutMs }: { from: number; max: number; signal: AbortSignal; timeoutMs: number },
): Promise<Batch<TelemetryEntry>> {
  const due = new AbortController()
  const wake = () => due.abort()
  signal.addEventListener('abort', wake, { once: true })
  if (signal.aborted) wake()
  const timer = setTimeout(wake, timeoutMs)
  try {
    return await consumer.read(from, max, due.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', wake)
  }
}
