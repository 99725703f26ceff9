import type { StreamName } from '../journal.ts'

/** The letters by which the scripts know the hashes. */
const hashCodes = { meta: 'm', facts: 'f', states: 's', deadLetters: 'a' } as const

export type HashName = keyof typeof hashCodes

type Value = string | Buffer

/** What one write changes. Of several values for one field the last counts. */
export class WriteBatch {
  readonly #tables: Record<HashName, Map<string, Value | undefined>> = {
    meta: new Map(),
    facts: new Map(),
    states: new Map(),
    deadLetters: new Map(),
  }
  readonly #records: Value[][] = []
  readonly #trims: [StreamName, string][] = []

  /** `undefined` removes the field. */
  put(table: HashName, field: string, value: Value | undefined): void {
    this.#tables[table].set(field, value)
  }

  append(stream: StreamName, id: string, data: Buffer): void {
    this.#records.push([stream, id, data])
  }

  /** Bytes before the offset are not used. */
  trim(stream: StreamName, offset: number): void {
    this.#trims.push([stream, String(offset)])
  }

  /** Whether nothing is written; a tail that moves does not count. */
  get isEmpty(): boolean {
    return this.#records.length === 0 && Object.values(this.#tables).every(({ size }) => size === 0)
  }

  /** As the script `write` reads them. */
  toScriptArgs(): Value[] {
    const groups = { put: [] as Value[][], removed: [] as Value[][] }
    for (const [table, letter] of Object.entries(hashCodes)) {
      const all = [...this.#tables[table as HashName]]
      const puts = all.flatMap(([field, value]) => (value === undefined ? [] : [field, value]))
      const removed = all.flatMap(([field, value]) => (value === undefined ? [field] : []))
      if (puts.length > 0) groups.put.push([letter, String(puts.length / 2), ...puts])
      if (removed.length > 0) groups.removed.push([letter, String(removed.length), ...removed])
    }
    return [this.#records, groups.put, groups.removed, this.#trims].flatMap((list) => [
      String(list.length),
      ...list.flat(),
    ])
  }
}
