import type { FleetModelEntry, RuleSetEntry, TelemetryEntry } from '../../contract/entry.ts'

/** Entries under the same rules and lessons, and what changes after them. */
interface Segment {
  entries: readonly TelemetryEntry[]
  change?: RuleSetEntry | FleetModelEntry
}

/** Cut a batch where the rules or the lessons change. */
export function* splitAtChanges(entries: readonly TelemetryEntry[]): Generator<Segment> {
  let from = 0
  for (const [index, entry] of entries.entries()) {
    if (entry.type !== 'rules' && entry.type !== 'lessons') continue
    yield { entries: entries.slice(from, index), change: entry }
    from = index + 1
  }
  if (from < entries.length) yield { entries: entries.slice(from) }
}
