import type { StreamName } from '../journal.ts'
import { copyState, type Extent, type State } from '../state.ts'
import { Changes } from './changes.ts'

/** As Redis has confirmed it, or drafted. */
export interface RedisState extends State {
  /** The offsets that each consumer has set aside. */
  asides: ReadonlyMap<string, ReadonlySet<number>>
  /** What makes the draft of the state before. */
  changes: Changes
}

export function copyRedisState(state: RedisState): RedisState {
  return { ...copyState(state), asides: state.asides, changes: new Changes() }
}

export const streamNames: readonly StreamName[] = ['telemetry', 'findings']

/** The fields of `meta` that a write sets. Tails are not among them: the script finds them. */
export function fieldsOf({ extents, consumers, tally }: State): Map<string, string> {
  const fields = new Map<string, string>()
  for (const name of streamNames) {
    fields.set(`${name}.head`, String(extents[name].head))
    fields.set(`${name}.headBytes`, String(extents[name].headBytes))
  }
  for (const [name, { stream, cursor }] of consumers) fields.set(`consumer:${name}`, `${stream}:${cursor}`)
  for (const [name, count] of Object.entries(tally)) fields.set(`tally:${name}`, String(count))
  return fields
}

/** What `fieldsOf` and the scripts have written. */
export function parseMeta(meta: Readonly<Record<string, string>>): State {
  const extentOf = (name: StreamName): Extent => ({
    tail: Number(meta[`${name}.tail`]),
    head: Number(meta[`${name}.head`]),
    tailBytes: Number(meta[`${name}.tailBytes`]),
    headBytes: Number(meta[`${name}.headBytes`]),
  })
  const named = (prefix: string) =>
    Object.entries(meta).flatMap(([field, value]) =>
      field.startsWith(prefix) ? [[field.slice(prefix.length), value] as const] : [],
    )
  return {
    extents: { telemetry: extentOf('telemetry'), findings: extentOf('findings') },
    consumers: new Map(named('consumer:').map(([name, value]) => [name, parseConsumer(value)])),
    tally: Object.fromEntries(named('tally:').map(([name, count]) => [name, Number(count)])),
    full: false,
  }
}

function parseConsumer(value: string): { stream: StreamName; cursor: number } {
  const [stream, cursor] = value.split(':')
  return { stream: stream === 'findings' ? 'findings' : 'telemetry', cursor: Number(cursor) }
}
