import { emptyHistory, formatHistory, parseHistory } from '../history/journal-history.ts'
import type { StreamName } from '../journal.ts'
import { copyJournalState, type JournalState, type StreamBounds } from '../journal-state.ts'
import { WriteBatch } from './write-batch.ts'

/** State as confirmed by Redis, or a draft. */
export interface RedisJournalState extends JournalState {
  /** Offsets of the dead letters of each consumer. */
  deadLetterOffsets: ReadonlyMap<string, ReadonlySet<number>>
  /** Changes that make the draft out of the state before. */
  writes: WriteBatch
}

export function copyRedisJournalState(state: RedisJournalState): RedisJournalState {
  return { ...copyJournalState(state), deadLetterOffsets: state.deadLetterOffsets, writes: new WriteBatch() }
}

export const streamNames: readonly StreamName[] = ['telemetry', 'findings']

/** The fields of `meta` that a write sets. Tails are not among them: the script finds them. */
export function toMetaFields({ streamBounds, consumers, tally, history }: JournalState): Map<string, string> {
  const fields = new Map([['history', formatHistory(history)]])
  for (const name of streamNames) {
    fields.set(`${name}.head`, String(streamBounds[name].head))
    fields.set(`${name}.headBytes`, String(streamBounds[name].headBytes))
  }
  for (const [name, { stream, cursor }] of consumers) fields.set(`consumer:${name}`, `${stream}:${cursor}`)
  for (const [name, count] of Object.entries(tally)) fields.set(`tally:${name}`, String(count))
  return fields
}

/** What `fieldsOf` and the scripts have written. */
export function parseMetaFields(meta: Readonly<Record<string, string>>): JournalState {
  const extentOf = (name: StreamName): StreamBounds => ({
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
    streamBounds: { telemetry: extentOf('telemetry'), findings: extentOf('findings') },
    consumers: new Map(named('consumer:').map(([name, value]) => [name, parseConsumer(value)])),
    tally: Object.fromEntries(named('tally:').map(([name, count]) => [name, Number(count)])),
    history: parseHistory(meta.history ?? '') ?? emptyHistory,
    full: false,
  }
}

function parseConsumer(value: string): { stream: StreamName; cursor: number } {
  const [stream, cursor] = value.split(':')
  return { stream: stream === 'findings' ? 'findings' : 'telemetry', cursor: Number(cursor) }
}
