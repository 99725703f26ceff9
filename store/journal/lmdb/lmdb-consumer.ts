import { passFailpoint } from '../../../lib/failpoint.ts'
import { decode, encodeState } from '../encoding.ts'
import type {
  Batch,
  Commit,
  DeadLetterEntry,
  EncodedReads,
  StoredConsumer,
  StreamName,
  Streams,
} from '../journal.ts'
import { checkCursor, validateKey } from '../journal-state.ts'
import { maxDirtyBytes } from './file-preallocation.ts'
import type { LmdbCore } from './lmdb-core.ts'
import type { LmdbStream } from './lmdb-stream.ts'
import { deadLetterRange, encode } from './tables.ts'

export class LmdbConsumer<S extends StreamName> implements StoredConsumer<Streams[S]> {
  readonly name: string
  readonly #stream: LmdbStream<S>
  readonly #core: LmdbCore

  constructor(core: LmdbCore, { name, stream }: { name: string; stream: S }) {
    this.name = name
    this.#core = core
    this.#stream = core.streams[stream]
  }

  async cursor(): Promise<number> {
    return this.#core.commits.state.consumers.get(this.name)?.cursor ?? 0
  }

  read(from: number, max: number, signal: AbortSignal): Promise<Batch<Streams[S]>> {
    return this.#waitFor(() => this.#stream.read(from, max), signal)
  }

  async states(keys: readonly string[]): Promise<Map<string, unknown>> {
    const stored = await this.encoded.states(keys)
    return new Map([...stored].map(([key, state]) => [key, decode(state)]))
  }

  readonly encoded: EncodedReads = {
    read: (from, max, signal) => this.#waitFor(() => this.#stream.readEncoded(from, max), signal),
    states: async (keys) => {
      const { tables } = this.#core
      return this.#find(keys, (key) => tables.states.get([this.name, key]))
    },
  }

  /** Read until there is something, or the signal aborts. */
  async #waitFor<B extends { from: number; next: number }>(read: () => B, signal: AbortSignal): Promise<B> {
    const { commits, changed } = this.#core
    while (true) {
      commits.assertOpen()
      const batch = read()
      if (batch.next > batch.from || signal.aborted) return batch
      await changed.wait(signal)
    }
  }

  #find<V>(keys: readonly string[], get: (key: string) => V | undefined): Map<string, V> {
    this.#core.commits.assertOpen()
    const found = new Map<string, V>()
    for (const key of keys) {
      const value = get(validateKey(key))
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  async deadLetters(): Promise<DeadLetterEntry<Streams[S]>[]> {
    const { commits, tables } = this.#core
    commits.assertOpen()
    // The type is the one that `commit` stored.
    return [...tables.deadLetters.getRange(deadLetterRange(this.name))].map(
      ({ value }) => value as DeadLetterEntry<Streams[S]>,
    )
  }

  async commit(commit: Commit<Streams[S]>): Promise<void> {
    const { cursor, state, findings = [], deadLetters = [], resolvedDeadLetters = [] } = commit
    const { tables, streams, commits, trim } = this.#core
    const encodedFindings = streams.findings.encode(findings)
    const encodedState = [...(state ?? [])].map(
      ([key, value]) =>
        [validateKey(key), value === undefined ? undefined : Buffer.from(encodeState(value))] as const,
    )
    const encodedDeadLetters = deadLetters.map(
      (one) => [one.offset, encode(tables.deadLetters, one)] as const,
    )
    const writes = [
      encodedFindings,
      ...encodedState.map(([, value]) => ({ bytes: value?.length ?? 0 })),
      ...encodedDeadLetters.map(([, value]) => value),
      ...resolvedDeadLetters.map(() => ({ bytes: 0 })),
    ]
    await commits.add((draft) => {
      checkCursor(draft, this.name, cursor)
      const consumer = { stream: this.#stream.name, cursor }
      draft.consumers.set(this.name, consumer)
      tables.consumers.put(this.name, consumer)
      for (const [key, value] of encodedState) {
        if (value === undefined) tables.states.remove([this.name, key])
        else tables.states.put([this.name, key], value)
      }
      if (findings.length > 0) {
        streams.findings.append(draft.streamBounds.findings, encodedFindings, findings.length)
        passFailpoint('rules.in_transaction')
      }
      for (const [offset, { value }] of encodedDeadLetters) tables.deadLetters.put([this.name, offset], value)
      for (const offset of resolvedDeadLetters) tables.deadLetters.remove([this.name, offset])
      trim(draft)
    }, maxDirtyBytes(writes))
  }
}
