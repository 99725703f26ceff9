import type { BufferedInput, DeviceState, RuleInput, TimedInput } from './engine.ts'

type Input = Exclude<RuleInput, { type: 'device' }>

export interface ReorderResult {
  state: DeviceState
  /** What can be judged now, in the order of event time. */
  inputs: Input[]
}

/** A device that sends more within its lateness than this has the oldest judged early. */
const maxBufferedInputs = 500

/**
 * Put in order what overtook each other on its way. Readings and replacements wait until one that is newer by the
 * lateness arrives, or until a tick shows that they have waited that long: whatever order they came in, the rules see
 * the same. What arrives later than that goes on at once, and is late.
 */
export function reorder(state: DeviceState, input: Input, latenessMs: number): ReorderResult {
  if (latenessMs === 0 && state.reorderBuffer === undefined) return { state, inputs: [input] }
  if (input.type === 'tick') return releaseExpired(state, input, latenessMs)
  if (input.type !== 'reading' && input.type !== 'part_replaced') return { state, inputs: [input] }
  const heard = input.type === 'reading' ? markSeen(state, input) : state
  const waiting = insertOnce(state.reorderBuffer ?? [], toBufferedInput(input))
  const newest = Math.max(
    waiting.at(-1)?.ts ?? Number.NEGATIVE_INFINITY,
    state.newestReadingAt ?? Number.NEGATIVE_INFINITY,
  )
  const due = waiting.findIndex(({ ts }) => ts > newest - latenessMs)
  return releaseFirst(
    heard,
    waiting,
    Math.max(due === -1 ? waiting.length : due, waiting.length - maxBufferedInputs),
  )
}

function releaseExpired(state: DeviceState, tick: Extract<Input, { type: 'tick' }>, latenessMs: number) {
  const waiting = state.reorderBuffer ?? []
  const lastDue = waiting.findLastIndex(({ receivedAt }) => tick.at - receivedAt >= latenessMs)
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

/** A device is not silent because what it says has to wait. */
function markSeen(
  state: DeviceState,
  { reading, receivedAt = reading.ts }: { reading: { ts: number }; receivedAt?: number },
): DeviceState {
  return { ...state, lastSeenAt: Math.max(receivedAt, state.lastSeenAt ?? receivedAt) }
}

function toBufferedInput(input: TimedInput): BufferedInput {
  const { ts } = input.type === 'reading' ? input.reading : input
  return { ts, receivedAt: input.receivedAt ?? ts, input }
}

/** In the order of event time, and of one time the same order however they came; told again, once. */
function insertOnce(waiting: readonly BufferedInput[], one: BufferedInput): readonly BufferedInput[] {
  const key = deduplicationKey(one)
  const insertAfter = waiting.findLastIndex(
    (other) => other.ts < one.ts || (other.ts === one.ts && deduplicationKey(other) <= key),
  )
  const before = waiting[insertAfter]
  if (before !== undefined && before.ts === one.ts && deduplicationKey(before) === key) return waiting
  return waiting.toSpliced(insertAfter + 1, 0, one)
}

/** A replacement comes before the readings of its moment, which are of the new part. */
function deduplicationKey({ input }: BufferedInput): string {
  if (input.type === 'part_replaced') return ` ${input.component}`
  const { values, boot, seq, hist } = input.reading
  return JSON.stringify([Object.entries(values).sort(), boot, seq, hist])
}
