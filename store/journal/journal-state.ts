import type { JournalHistory } from './history/journal-history.ts'
import { JournalConsumerError, type JournalInfo, JournalKeyError, type StreamName } from './journal.ts'

const maxKeyBytes = 500

/** @throws JournalKeyError when LMDB, the strictest adapter, would reject the key: checked before the transaction, it cannot break it. */
export function validateKey(key: string): string {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > maxKeyBytes) {
    throw new JournalKeyError(`a key has 1 to ${maxKeyBytes} bytes, not ${bytes}: ${key.slice(0, 80)}`)
  }
  return key
}

/** First and next offset of a stream, and the same in bytes ever written. */
export interface StreamBounds {
  tail: number
  head: number
  tailBytes: number
  headBytes: number
}

export interface ConsumerState {
  stream: StreamName
  cursor: number
}

/** State of the journal as of the last commit, or the draft of the commit under way. */
export interface JournalState {
  streamBounds: Record<StreamName, StreamBounds>
  consumers: Map<string, ConsumerState>
  tally: Record<string, number>
  history: JournalHistory
  /** Set by an append that does not fit, until enough was trimmed. */
  full: boolean
}

/** Bytes retained. */
export interface RetentionLimits {
  maxBytes: number
  keepEntries: number
}

export function copyJournalState(state: JournalState): JournalState {
  return {
    streamBounds: {
      telemetry: { ...state.streamBounds.telemetry },
      findings: { ...state.streamBounds.findings },
    },
    consumers: new Map(state.consumers),
    tally: { ...state.tally },
    history: state.history,
    full: state.full,
  }
}

/** Bytes that the retained records of all streams take. */
export function liveBytes(state: JournalState): number {
  return Object.values(state.streamBounds).reduce(
    (sum, extent) => sum + extent.headBytes - extent.tailBytes,
    0,
  )
}

/** Share that must be free before acceptance continues on a journal that was full. Consumers always continue. */
const resumeFreeFraction = 0.1

export function hasSpaceAgain(state: JournalState, { maxBytes }: RetentionLimits): boolean {
  return liveBytes(state) <= maxBytes * (1 - resumeFreeFraction)
}

/** Return the offset before which entries may be trimmed: every consumer is past it, and `keepEntries` are kept. */
export function trimTarget(
  state: JournalState,
  stream: StreamName,
  { keepEntries }: RetentionLimits,
): number {
  const slowest = slowestCursor(state, stream)
  return state.full ? slowest : Math.min(slowest, state.streamBounds[stream].head - keepEntries)
}

/** Return the cursor of the slowest consumer of a stream; the stream's tail while it has none. */
function slowestCursor(state: JournalState, stream: StreamName): number {
  const cursors = [...state.consumers.values()]
    .filter((one) => one.stream === stream)
    .map((one) => one.cursor)
  return cursors.length === 0 ? state.streamBounds[stream].tail : Math.min(...cursors)
}

/**
 * Return the consumer's cursor; register a new consumer at the tail of its stream.
 * @throws JournalConsumerError when it reads another stream
 */
export function registerConsumer(draft: JournalState, name: string, stream: StreamName): ConsumerState {
  const known = draft.consumers.get(name)
  if (known && known.stream !== stream) {
    throw new JournalConsumerError(`consumer ${name} reads the stream ${known.stream}, not ${stream}`)
  }
  const consumer = known ?? { stream, cursor: draft.streamBounds[stream].tail }
  draft.consumers.set(name, consumer)
  return consumer
}

/** @throws JournalConsumerError when the cursor is beyond what the stream has. */
export function checkCursor(state: JournalState, name: string, cursor: number): void {
  const consumer = state.consumers.get(name)
  const head = consumer ? state.streamBounds[consumer.stream].head : 0
  if (cursor > head) {
    throw new JournalConsumerError(
      `consumer ${name}: cursor ${cursor} is beyond the head ${head} of its stream`,
    )
  }
}

export function addToTally(draft: JournalState, tally: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(tally)) draft.tally[name] = (draft.tally[name] ?? 0) + count
}

/** @param countDeadLetters number of dead letters of a consumer */
export function toJournalInfo(
  state: JournalState,
  { maxBytes }: RetentionLimits,
  countDeadLetters: (consumer: string) => number,
): JournalInfo {
  const { telemetry, findings } = state.streamBounds
  return {
    bytes: liveBytes(state),
    maxBytes,
    full: state.full,
    streams: {
      telemetry: { tail: telemetry.tail, head: telemetry.head },
      findings: { tail: findings.tail, head: findings.head },
    },
    consumers: [...state.consumers].map(([name, { stream, cursor }]) => ({
      name,
      stream,
      cursor,
      lag: state.streamBounds[stream].head - cursor,
      deadLetterCount: countDeadLetters(name),
    })),
  }
}

/**
 * Return about how many bytes some consumer has yet to read. What is retained behind the slowest consumer does not count,
 * because a full journal gives it up.
 */
export function backlogBytes({ bytes, streams, consumers }: Omit<JournalInfo, 'maxBytes' | 'full'>): number {
  const names = Object.keys(streams) as StreamName[]
  const retained = names.reduce((sum, name) => sum + streams[name].head - streams[name].tail, 0)
  const waiting = names.reduce((sum, name) => sum + backlogEntries(name, consumers), 0)
  return retained === 0 ? 0 : (bytes * Math.min(waiting, retained)) / retained
}

/** Each partition has its own slowest consumer: `series/0`, `series/1`. */
function backlogEntries(stream: StreamName, consumers: JournalInfo['consumers']): number {
  const slowest = new Map<string, number>()
  for (const { name, stream: read, lag } of consumers) {
    const [, partition = ''] = name.split('/')
    if (read === stream) slowest.set(partition, Math.max(slowest.get(partition) ?? 0, lag))
  }
  return [...slowest.values()].reduce((sum, lag) => sum + lag, 0)
}
