import { checkKey } from '../check-key.ts'
import type { Aside, Batch, Commit, JournalConsumer, StreamName, Streams } from '../journal.ts'
import { checkCursor } from '../state.ts'
import { decode, encode } from './codec.ts'
import type { RedisCore } from './core.ts'
import { fieldOf, parseField } from './keys.ts'

export class RedisConsumer<S extends StreamName> implements JournalConsumer<Streams[S]> {
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
    const { commits, bell, streams, assertUsable } = this.#core
    while (true) {
      assertUsable()
      const extent = commits.state.extents[this.#stream]
      if (from < extent.head) return await streams[this.#stream].read(extent, from, max)
      if (signal.aborted) return { from, next: from, entries: [] }
      await bell.wait(signal)
    }
  }

  async states(keys: readonly string[]): Promise<Map<string, unknown>> {
    const { link, keys: redisKeys, settled } = this.#core
    await settled()
    const fields = keys.map((key) => fieldOf(this.name, checkKey(key)))
    if (fields.length === 0) return new Map()
    const values = await link.ask((client) => client.hmgetBuffer(redisKeys.states, ...fields))
    return new Map(
      keys.flatMap((key, i) => {
        const value = values[i]
        return value ? [[key, decode(value)]] : []
      }),
    )
  }

  async asides(): Promise<Aside<Streams[S]>[]> {
    const { link, keys, settled } = this.#core
    await settled()
    const all = await link.ask((client) => client.hgetallBuffer(keys.asides))
    const own = Object.entries(all).filter(([field]) => parseField(field).consumer === this.name)
    // What `commit` put in is what comes out.
    const asides = own.map(([, value]) => decode(value) as Aside<Streams[S]>)
    return asides.sort((a, b) => a.offset - b.offset)
  }

  async commit(commit: Commit<Streams[S]>): Promise<void> {
    const { cursor, state, findings = [], aside = [], settled = [] } = commit
    const { streams, commits } = this.#core
    const packedFindings = { data: encode(findings), count: findings.length }
    const packedState = [...(state ?? [])].map(
      ([key, value]) =>
        [fieldOf(this.name, checkKey(key)), value === undefined ? undefined : encode(value)] as const,
    )
    const packedAsides = aside.map((one) => [one.offset, encode(one)] as const)
    await commits.add((draft) => {
      checkCursor(draft, this.name, cursor)
      draft.consumers.set(this.name, { stream: this.#stream, cursor })
      for (const [field, value] of packedState) draft.changes.put('states', field, value)
      if (findings.length > 0) streams.findings.append(draft.changes, draft.extents.findings, packedFindings)
      const left = new Set(draft.asides.get(this.name))
      for (const [offset, one] of packedAsides) {
        draft.changes.put('asides', fieldOf(this.name, offset), one)
        left.add(offset)
      }
      for (const offset of settled) {
        draft.changes.put('asides', fieldOf(this.name, offset), undefined)
        left.delete(offset)
      }
      draft.asides = new Map(draft.asides).set(this.name, left)
    })
  }
}
