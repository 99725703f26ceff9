import type { LessonsEntry, RulesEntry, TelemetryEntry } from '../../contract/entry.ts'

/** Entries under the same rules and lessons, and what changes after them. */
interface Segment {
  entries: readonly TelemetryEntry[]
  change?: RulesEntry | LessonsEntry
}

/** Cuts a batch where the rules or the lessons change. */
export function* segmentsOf(entries: readonly TelemetryEntry[]): Generator<Segment> {
  let from = 0
  for (const [index, entry] of entries.entries()) {
    if (entry.type !== 'rules' && entry.type !== 'lessons') continue
    yield { entries: entries.slice(from, index), change: entry }
    from = index + 1
  }
  if (from < entries.length) yield { entries: entries.slice(from) }
}
