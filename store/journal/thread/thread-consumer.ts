import { race } from '../../../lib/race.ts'
import { decode, decodeBatch, type EncodedBatch, encodeState } from '../encoding.ts'
import type { Batch, Commit, DeadLetterEntry, EncodedReads, StoredConsumer } from '../journal.ts'
import type { JournalLink, PackedCommit } from './journal-calls.ts'
import { packBytes, unpackBytes } from './packed.ts'

/** A read that has been asked for, and not been used yet. */
interface PendingRead {
  from: number
  max: number
  controller: AbortController
  batch: Promise<EncodedBatch>
}

/**
 * Consumer of a journal in another thread. Reads are asked for ahead: while a full batch is handled, the next one is on its
 * way.
 */
export class ThreadConsumer<E> implements StoredConsumer<E> {
  readonly name: string
  readonly #link: JournalLink
  #pending: PendingRead | undefined

  constructor(link: JournalLink, name: string) {
    this.#link = link
    this.name = name
  }

  cursor(): Promise<number> {
    return this.#link.call('cursor', { consumer: this.name })
  }

  async read(from: number, max: number, signal: AbortSignal): Promise<Batch<E>> {
    return decodeBatch(await this.#read(from, max, signal))
  }

  async states(keys: readonly string[]): Promise<Map<string, unknown>> {
    const found = await this.#states(keys)
    return new Map([...found].map(([key, bytes]) => [key, decode(bytes)]))
  }

  readonly encoded: EncodedReads = {
    read: (from, max, signal) => this.#read(from, max, signal),
    states: (keys) => this.#states(keys),
  }

  async #read(from: number, max: number, signal: AbortSignal): Promise<EncodedBatch> {
    if (signal.aborted) return this.#ask(from, max, signal)
    if (this.#pending?.from !== from || this.#pending.max !== max) this.#askAhead(from, max)
    const pending = this.#pending
    const batch = pending && (await untilAborted(pending.batch, signal))
    // What was asked for is used by the next read.
    if (batch === undefined) return { from, next: from, skip: 0, records: [] }
    if (this.#pending === pending) this.#pending = undefined
    if (batch.next - batch.from >= max) this.#askAhead(batch.next, max)
    return batch
  }

  #askAhead(from: number, max: number): void {
    this.#pending?.controller.abort()
    const controller = new AbortController()
    const batch = this.#ask(from, max, controller.signal)
    const pending = { from, max, controller, batch }
    this.#pending = pending
    // A failure is thrown by the read that uses it; another read asks again.
    batch.catch(() => {
      if (this.#pending === pending) this.#pending = undefined
    })
  }

  async #ask(from: number, max: number, signal: AbortSignal): Promise<EncodedBatch> {
    const { records, ...batch } = await this.#link.call('read', { consumer: this.name, from, max }, signal)
    return { ...batch, records: unpackBytes(records) }
  }

  async #states(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    if (keys.length === 0) return new Map()
    const { keys: found, states } = await this.#link.call('states', { consumer: this.name, keys })
    return new Map(unpackBytes(states).map((bytes, index) => [found[index] ?? '', bytes]))
  }

  async deadLetters(): Promise<DeadLetterEntry<E>[]> {
    return (await this.#link.call('deadLetters', { consumer: this.name })) as DeadLetterEntry<E>[]
  }

  async commit(commit: Commit<E>): Promise<void> {
    await this.#link.call('commit', { consumer: this.name, commit: packCommit(commit) })
  }
}

/** States are encoded at once: they change as soon as the next entry is evaluated. */
function packCommit({ state, ...commit }: Commit): PackedCommit {
  if (state === undefined) return commit
  const stored = [...state].filter(([, value]) => value !== undefined)
  const keys = stored.map(([key]) => key)
  const removed = [...state.keys()].filter((key) => state.get(key) === undefined)
  return {
    ...commit,
    state: { keys, removed, states: packBytes(stored.map(([, value]) => encodeState(value))) },
  }
}

/** @returns undefined when the signal aborts first */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let wake: () => void = () => undefined
  const aborted = new Promise<undefined>((resolve) => {
    wake = () => resolve(undefined)
  })
  signal.addEventListener('abort', wake, { once: true })
  try {
    return await race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', wake)
  }
}
