import type { FleetModelEntry, RuleSetEntry, TelemetryEntry } from '../../contract/entry.ts'

/** Entries under the same rules and fleet model, and the change after them. */
interface Segment {
  entries: readonly TelemetryEntry[]
  change?: RuleSetEntry | FleetModelEntry
}

/** Split a batch where the rules or the fleet model change. */
export function* splitAtChanges(entries: readonly TelemetryEntry[]): Generator<Segment> {
  let from = 0
  for (const [index, entry] of entries.entries()) {
    if (entry.type !== 'rules' && entry.type !== 'fleet_model') continue
    yield { entries: entries.slice(from, index), change: entry }
    from = index + 1
  }
  if (from < entries.length) yield { entries: entries.slice(from) }
}
