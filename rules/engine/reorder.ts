import type { DeviceState, RuleInput, TimedInput, Waiting } from './engine.ts'

type Input = Exclude<RuleInput, { type: 'device' }>

export interface Reordered {
  state: DeviceState
  /** What can be judged now, in the order of event time. */
  inputs: Input[]
}

/** A device that sends more within its lateness than this has the oldest judged early. */
const mostWaiting = 500

/**
 * Puts in order what overtook each other on its way. Readings and replacements wait until one that is newer by the
 * lateness arrives, or until a tick shows that they have waited that long: whatever order they came in, the rules see
 * the same. What arrives later than that goes on at once, and is late.
 */
export function inOrder(state: DeviceState, input: Input, latenessMs: number): Reordered {
  if (latenessMs === 0 && state.waiting === undefined) return { state, inputs: [input] }
  if (input.type === 'tick') return afterWaiting(state, input, latenessMs)
  if (input.type !== 'reading' && input.type !== 'part_replaced') return { state, inputs: [input] }
  const heard = input.type === 'reading' ? heardNow(state, input) : state
  const waiting = withInput(state.waiting ?? [], toWaiting(input))
  const newest = Math.max(
    waiting.at(-1)?.ts ?? Number.NEGATIVE_INFINITY,
    state.newest ?? Number.NEGATIVE_INFINITY,
  )
  const due = waiting.findIndex(({ ts }) => ts > newest - latenessMs)
  return parted(heard, waiting, Math.max(due === -1 ? waiting.length : due, waiting.length - mostWaiting))
}

function afterWaiting(state: DeviceState, tick: Extract<Input, { type: 'tick' }>, latenessMs: number) {
  const waiting = state.waiting ?? []
  const lastDue = waiting.findLastIndex(({ receivedAt }) => tick.at - receivedAt >= latenessMs)
  const { state: after, inputs } = parted(state, waiting, lastDue + 1)
  return { state: after, inputs: [...inputs, tick] }
}

function parted({ waiting: _, ...state }: DeviceState, waiting: readonly Waiting[], due: number): Reordered {
  const rest = waiting.slice(due)
  const inputs = waiting.slice(0, due).map(({ input }) => input)
  return { state: rest.length > 0 ? { ...state, waiting: rest } : state, inputs }
}

/** A device is not silent because what it says has to wait. */
function heardNow(
  state: DeviceState,
  { reading, receivedAt = reading.ts }: { reading: { ts: number }; receivedAt?: number },
) {
  return { ...state, heardAt: Math.max(receivedAt, state.heardAt ?? receivedAt) }
}

function toWaiting(input: TimedInput): Waiting {
  const { ts } = input.type === 'reading' ? input.reading : input
  return { ts, receivedAt: input.receivedAt ?? ts, input }
}

/** In the order of event time, and of one time the same order however they came; told again, once. */
function withInput(waiting: readonly Waiting[], one: Waiting): readonly Waiting[] {
  const key = keyOf(one)
  const place = waiting.findLastIndex(
    (other) => other.ts < one.ts || (other.ts === one.ts && keyOf(other) <= key),
  )
  const before = waiting[place]
  if (before !== undefined && before.ts === one.ts && keyOf(before) === key) return waiting
  return waiting.toSpliced(place + 1, 0, one)
}

/** A replacement comes before the readings of its moment, which are of the new part. */
function keyOf({ input }: Waiting): string {
  if (input.type === 'part_replaced') return ` ${input.component}`
  const { values, boot, seq, hist } = input.reading
  return JSON.stringify([Object.entries(values).sort(), boot, seq, hist])
}
