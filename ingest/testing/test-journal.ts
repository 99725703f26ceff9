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
  remove(): Promise<void>
}

/** A real journal in a temporary folder. */
export async function openTestJournal(maxBytes = 64 * 1024 * 1024): Promise<TestJournal> {
  const dir = await mkdtemp(join(tmpdir(), 'forewarn-ingest-'))
  const journal = await openLmdbJournal({ dir, maxBytes, keepEntries: 100_000 })
  return {
    journal,
    async entries() {
      const all: TelemetryEntry[] = []
      for await (const { entries } of journal.scan('telemetry', 0)) all.push(...entries)
      return all
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
