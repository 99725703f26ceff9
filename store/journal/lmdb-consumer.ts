import type { Batch, Commit, JournalConsumer, StreamName, Streams } from './journal.ts'
import type { LmdbCore } from './lmdb.ts'
import { checkCursor } from './lmdb-state.ts'
import type { LmdbStream } from './lmdb-stream.ts'
import { checkKey, encode } from './lmdb-tables.ts'

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
    let batch = this.#stream.read(from, max)
    while (batch.entries.length === 0 && !signal.aborted) {
      await this.#core.bell.wait(signal)
      batch = this.#stream.read(from, max)
    }
    return batch
  }

  async states(keys: readonly string[]): Promise<Map<string, unknown>> {
    const { states } = this.#core.tables
    const found = new Map<string, unknown>()
    for (const key of keys) {
      const value = states.get([this.name, checkKey(key)])
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  commit({ cursor, state, findings = [] }: Commit): Promise<void> {
    const { tables, streams, commits, trim } = this.#core
    const encodedFindings = streams.findings.encode(findings)
    const encodedState = [...(state ?? [])].map(
      ([key, value]) =>
        [checkKey(key), value === undefined ? undefined : encode(tables.states, value).value] as const,
    )
    return commits.add((draft) => {
      checkCursor(draft, this.name, cursor)
      const consumer = { stream: this.#stream.name, cursor }
      draft.consumers.set(this.name, consumer)
      tables.consumers.put(this.name, consumer)
      for (const [key, value] of encodedState) {
        if (value === undefined) tables.states.remove([this.name, key])
        else tables.states.put([this.name, key], value)
      }
      if (findings.length > 0)
        streams.findings.append(draft.extents.findings, encodedFindings, findings.length)
      trim(draft)
    })
  }
}
