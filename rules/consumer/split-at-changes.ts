import type {
  FleetModelEntry,
  RenameEntry,
  RuleSetEntry,
  TelemetryEntry,
  TickEntry,
} from '../../contract/entry.ts'

/** Entries of single devices under the same rules, fleet model and ids, and what concerns many devices after them. */
interface Segment {
  entries: readonly TelemetryEntry[]
  /** Index of the first entry in the batch. */
  from: number
  change?: Change
}

type Change = RuleSetEntry | FleetModelEntry | RenameEntry | TickEntry

const changes: ReadonlySet<TelemetryEntry['type']> = new Set<Change['type']>([
  'rules',
  'fleet_model',
  'renamed',
  'tick',
])

/** Split a batch at ticks, and where the rules, the fleet model or the id of a device change. */
export function* splitAtChanges(entries: readonly TelemetryEntry[]): Generator<Segment> {
  let from = 0
  for (const [index, entry] of entries.entries()) {
    if (!isChange(entry)) continue
    yield { entries: entries.slice(from, index), from, change: entry }
    from = index + 1
  }
  if (from < entries.length) yield { entries: entries.slice(from), from }
}

function isChange(entry: TelemetryEntry): entry is Change {
  return changes.has(entry.type)
}
