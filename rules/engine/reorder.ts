import { recordHeard } from '../quality/heard.ts'
import { isAheadOfClock } from '../quality/times-ahead.ts'
import type { BufferedInput, DeviceState, RuleInput, TimedInput } from './engine.ts'

type Input = Exclude<RuleInput, { type: 'device' }>

export interface ReorderResult {
  state: DeviceState
  /** Inputs released for evaluation, in order of event time. */
  inputs: Input[]
}

/** Bound of the buffer: when a device sends more within the allowed lateness, the oldest are released early. */
const maxBufferedInputs = 500

/**
 * Restore the order of event time. Readings and replacements are held back until one that is newer by the allowed
 * lateness arrives, or until a tick shows that they were held that long; so the rules see the same sequence in whatever
 * order they arrived. An input that arrives later than that is released at once and counts as late.
 */
export function reorder(state: DeviceState, input: Input, latenessMs: number): ReorderResult {
  if (latenessMs === 0 && state.reorderBuffer === undefined) return { state, inputs: [input] }
  if (input.type === 'tick') return releaseExpired(state, input, latenessMs)
  if (input.type !== 'reading' && input.type !== 'part_replaced') return { state, inputs: [input] }
  const seen = input.type === 'reading' ? markSeen(state, input) : state
  const waiting = insertOnce(state.reorderBuffer ?? [], toBufferedInput(input))
  const newest = Math.max(
    waiting.at(-1)?.ts ?? Number.NEGATIVE_INFINITY,
    state.newestReadingAt ?? Number.NEGATIVE_INFINITY,
  )
  const due = waiting.findIndex(({ ts }) => ts > newest - latenessMs)
  return releaseFirst(
    seen,
    waiting,
    Math.max(due === -1 ? waiting.length : due, waiting.length - maxBufferedInputs),
  )
}

function releaseExpired(state: DeviceState, tick: Extract<Input, { type: 'tick' }>, latenessMs: number) {
  const waiting = state.reorderBuffer ?? []
  const lastDue = waiting.findLastIndex(
    ({ receivedAt }) => tick.at - receivedAt >= latenessMs || isAheadOfClock(receivedAt, tick.at),
  )
  const { state: after, inputs } = releaseFirst(state, waiting, lastDue + 1)
  return { state: after, inputs: [...inputs, tick] }
}

function releaseFirst(
  { reorderBuffer: _, ...state }: DeviceState,
  waiting: readonly BufferedInput[],
  count: number,
): ReorderResult {
  const rest = waiting.slice(count)
  const inputs = waiting.slice(0, count).map(({ input }) => input)
  return { state: rest.length > 0 ? { ...state, reorderBuffer: rest } : state, inputs }
}

/** Update `lastSeenAt` at receipt: a device whose readings are held back is not silent. */
function markSeen(
  state: DeviceState,
  { reading, receivedAt = reading.ts }: { reading: { ts: number }; receivedAt?: number },
): DeviceState {
  recordHeard(state, receivedAt)
  return state
}

function toBufferedInput(input: TimedInput): BufferedInput {
  const { ts } = input.type === 'reading' ? input.reading : input
  return { ts, receivedAt: input.receivedAt ?? ts, input }
}

/** Insert by event time, then by content, so that the order does not depend on arrival; skip duplicates. */
function insertOnce(waiting: readonly BufferedInput[], one: BufferedInput): readonly BufferedInput[] {
  const key = deduplicationKey(one)
  const insertAfter = waiting.findLastIndex(
    (other) => other.ts < one.ts || (other.ts === one.ts && deduplicationKey(other) <= key),
  )
  const before = waiting[insertAfter]
  if (before !== undefined && before.ts === one.ts && deduplicationKey(before) === key) return waiting
  return waiting.toSpliced(insertAfter + 1, 0, one)
}

/** Key of an input's content. A replacement sorts before the readings of the same time, which are of the new part. */
function deduplicationKey({ input }: BufferedInput): string {
  if (input.type === 'part_replaced') return ` ${input.component}`
  const { values, boot, seq, hist } = input.reading
  return JSON.stringify([Object.entries(values).sort(), boot, seq, hist])
}
