import type { FleetModelEntry, RenameEntry, RuleSetEntry, TelemetryEntry } from '../../contract/entry.ts'

/** Entries under the same rules, fleet model and ids of devices, and the change after them. */
interface Segment {
  entries: readonly TelemetryEntry[]
  change?: RuleSetEntry | FleetModelEntry | RenameEntry
}

/** Split a batch where the rules, the fleet model or the id of a device change. */
export function* splitAtChanges(entries: readonly TelemetryEntry[]): Generator<Segment> {
  let from = 0
  for (const [index, entry] of entries.entries()) {
    if (entry.type !== 'rules' && entry.type !== 'fleet_model' && entry.type !== 'renamed') continue
    yield { entries: entries.slice(from, index), change: entry }
    from = index + 1
  }
  if (from < entries.length) yield { entries: entries.slice(from) }
}
