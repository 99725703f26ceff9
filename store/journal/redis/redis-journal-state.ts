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
  /** Streams that this process appends to and trims; another one moves the others. */
  ownStreams: readonly StreamName[]
}

export function copyRedisJournalState(state: RedisJournalState): RedisJournalState {
  const copy = copyJournalState(state)
  // Where others move a stream, each copy sees it move.
  for (const name of streamNames)
    if (!state.ownStreams.includes(name)) copy.streamBounds[name] = state.streamBounds[name]
  const { deadLetterOffsets, ownStreams } = state
  return { ...copy, deadLetterOffsets, ownStreams, writes: new WriteBatch() }
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

/** Field of `meta` that changes with the facts of devices and rules: other processes see that they have to read them again. */
export const factsVersionField = 'factsVersion'

/** What other processes have confirmed. */
export interface ConfirmedState {
  streamBounds: JournalState['streamBounds']
  consumers: JournalState['consumers']
  history: JournalState['history']
}

/** Take over from other processes where their streams begin and end, and how far their consumers are. */
export function observe(
  state: RedisJournalState,
  confirmed: ConfirmedState,
  ownConsumers: ReadonlySet<string>,
): void {
  for (const name of streamNames)
    if (!state.ownStreams.includes(name))
      Object.assign(state.streamBounds[name], confirmed.streamBounds[name])
  for (const [name, consumer] of confirmed.consumers)
    if (!ownConsumers.has(name)) state.consumers.set(name, consumer)
  if (!state.ownStreams.includes('telemetry')) state.history = confirmed.history
}

/** Return what is confirmed, of the fields of `meta`: what a writer may still take back is left out. */
export function parseConfirmed(meta: Readonly<Record<string, string>>): ConfirmedState {
  const state = parseMetaFields(meta)
  for (const name of streamNames) {
    const confirmed = meta[`${name}.confirmed`]
    if (confirmed !== undefined) state.streamBounds[name].head = Number(confirmed)
  }
  for (const name of state.consumers.keys()) {
    const confirmed = meta[`confirmed:${name}`]
    if (confirmed !== undefined) state.consumers.set(name, parseConsumer(confirmed))
  }
  return state
}

/** What `fieldsOf` and the scripts have written. */
export function parseMetaFields(meta: Readonly<Record<string, string>>): JournalState {
  const extentOf = (name: StreamName): StreamBounds => ({
    tail: Number(meta[`${name}.tail`] ?? 0),
    head: Number(meta[`${name}.head`] ?? 0),
    tailBytes: Number(meta[`${name}.tailBytes`] ?? 1),
    headBytes: Number(meta[`${name}.headBytes`] ?? 1),
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
