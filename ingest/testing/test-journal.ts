import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TelemetryEntry } from '../../contract/entry.ts'
import type { Journal } from '../../store/journal/journal.ts'
import { openLmdbJournal } from '../../store/journal/lmdb/lmdb-journal.ts'

export interface TestJournal {
  journal: Journal
  /** Everything in the `telemetry` stream. */
  entries(): Promise<TelemetryEntry[]>
  /** Those of one type. */
  entriesOf<T extends TelemetryEntry['type']>(type: T): Promise<Extract<TelemetryEntry, { type: T }>[]>
  remove(): Promise<void>
}

/** A real journal in a temporary folder. */
export async function openTestJournal(maxBytes = 64 * 1024 * 1024): Promise<TestJournal> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-ingest-'))
  const journal = await openLmdbJournal({ dir, maxBytes, keepEntries: 100_000 })
  async function readEntries(): Promise<TelemetryEntry[]> {
    const all: TelemetryEntry[] = []
    for await (const { entries } of journal.scan('telemetry', 0)) all.push(...entries)
    return all
  }
  return {
    journal,
    entries: readEntries,
    async entriesOf<T extends TelemetryEntry['type']>(type: T) {
      const entries = await readEntries()
      return entries.filter((entry): entry is Extract<TelemetryEntry, { type: T }> => entry.type === type)
    },
    async remove() {
      await journal.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The journal with some of its methods changed. */
export function withOverrides(journal: Journal, overrides: Partial<Journal>): Journal {
  return new Proxy(journal, {
    get(target, name: keyof Journal) {
      const member = target[name]
      return overrides[name] ?? (typeof member === 'function' ? member.bind(target) : member)
    },
  })
}
