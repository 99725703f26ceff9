import { passFailpoint } from '../../../lib/failpoint.ts'
import type { Batch, Commit, DeadLetterEntry, JournalConsumer, StreamName, Streams } from '../journal.ts'
import { checkCursor, validateKey } from '../journal-state.ts'
import { maxDirtyBytes } from './file-preallocation.ts'
import type { LmdbCore } from './lmdb-core.ts'
import type { LmdbStream } from './lmdb-stream.ts'
import { deadLetterRange, encode } from './tables.ts'

export class LmdbConsumer<S extends StreamName> implements JournalConsumer<Streams[S]> {
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

  async read(from: number, max: number, signal: AbortSignal): Promise<Batch<Streams[S]>> {
    const { commits, changed } = this.#core
    while (true) {
      commits.assertOpen()
      const batch = this.#stream.read(from, max)
      if (batch.entries.length > 0 || signal.aborted) return batch
      await changed.wait(signal)
    }
  }

  async states(keys: readonly string[]): Promise<Map<string, unknown>> {
    const { commits, tables } = this.#core
    commits.assertOpen()
    const found = new Map<string, unknown>()
    for (const key of keys) {
      const value = tables.states.get([this.name, validateKey(key)])
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
        [validateKey(key), value === undefined ? undefined : encode(tables.states, value)] as const,
    )
    const encodedDeadLetters = deadLetters.map(
      (one) => [one.offset, encode(tables.deadLetters, one)] as const,
    )
    const writes = [
      encodedFindings,
      ...encodedState.map(([, value]) => value ?? { bytes: 0 }),
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
        else tables.states.put([this.name, key], value.value)
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
