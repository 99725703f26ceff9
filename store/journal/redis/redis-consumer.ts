import { decode, decodeBatch, type EncodedBatch, encode, encodeState } from '../encoding.ts'
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
import { consumerField } from './keys.ts'
import type { RedisCore } from './redis-core.ts'
import { readDeadLetters, readStates } from './shared/read-hashes.ts'

export class RedisConsumer<S extends StreamName> implements StoredConsumer<Streams[S]> {
  readonly name: string
  readonly #stream: S
  readonly #core: RedisCore

  constructor(core: RedisCore, { name, stream }: { name: string; stream: S }) {
    this.name = name
    this.#core = core
    this.#stream = stream
  }

  async cursor(): Promise<number> {
    return this.#core.commits.state.consumers.get(this.name)?.cursor ?? 0
  }

  async read(from: number, max: number, signal: AbortSignal): Promise<Batch<Streams[S]>> {
    return decodeBatch(await this.encoded.read(from, max, signal))
  }

  async states(keys: readonly string[]): Promise<Map<string, unknown>> {
    const stored = await this.encoded.states(keys)
    return new Map([...stored].map(([key, state]) => [key, decode(state)]))
  }

  readonly encoded: EncodedReads = {
    read: (from, max, signal) => this.#read(from, max, signal),
    states: (keys) => this.#states(keys),
  }

  async #read(from: number, max: number, signal: AbortSignal): Promise<EncodedBatch> {
    const { commits, changed, streams, assertUsable } = this.#core
    while (true) {
      assertUsable()
      const extent = commits.state.streamBounds[this.#stream]
      if (from < extent.head) return await streams[this.#stream].read(extent, from, max)
      if (signal.aborted) return { from, next: from, skip: 0, records: [] }
      await changed.wait(signal)
    }
  }

  async #states(keys: readonly string[]): Promise<Map<string, Buffer>> {
    const { connection, keys: redisKeys, resolveInDoubt } = this.#core
    await resolveInDoubt()
    return readStates(connection, redisKeys.states, { consumer: this.name, keys })
  }

  async deadLetters(): Promise<DeadLetterEntry<Streams[S]>[]> {
    const { connection, keys, resolveInDoubt } = this.#core
    await resolveInDoubt()
    return readDeadLetters(connection, keys.deadLetters, this.name)
  }

  async commit(commit: Commit<Streams[S]>): Promise<void> {
    const { cursor, state, findings = [], deadLetters = [], resolvedDeadLetters = [] } = commit
    const { streams, commits } = this.#core
    const packedFindings = { data: encode(findings), count: findings.length }
    const packedState = [...(state ?? [])].map(
      ([key, value]) =>
        [
          consumerField(this.name, validateKey(key)),
          value === undefined ? undefined : Buffer.from(encodeState(value)),
        ] as const,
    )
    const packedDeadLetters = deadLetters.map((one) => [one.offset, encode(one)] as const)
    await commits.add((draft) => {
      checkCursor(draft, this.name, cursor)
      draft.consumers.set(this.name, { stream: this.#stream, cursor })
      for (const [field, value] of packedState) draft.writes.put('states', field, value)
      if (findings.length > 0)
        streams.findings.append(draft.writes, draft.streamBounds.findings, packedFindings)
      const left = new Set(draft.deadLetterOffsets.get(this.name))
      for (const [offset, one] of packedDeadLetters) {
        draft.writes.put('deadLetters', consumerField(this.name, offset), one)
        left.add(offset)
      }
      for (const offset of resolvedDeadLetters) {
        draft.writes.put('deadLetters', consumerField(this.name, offset), undefined)
        left.delete(offset)
      }
      draft.deadLetterOffsets = new Map(draft.deadLetterOffsets).set(this.name, left)
    })
  }
}
