import { largestIncrease } from '../../quality/counter-check.ts'

/** Use of a part, from a counter that may restart and may have wrong readings. */
export interface UsageCounter {
  /** Newest readings of the counter, oldest first, with the use by then. */
  recent: readonly CounterReading[]
  /** First reading that counted. */
  first?: CounterReading
}

export interface CounterReading {
  ts: number
  value: number
  used: number
}

export const emptyUsageCounter: UsageCounter = { recent: [] }

/** Most consecutive wrong readings that are recognized from those around them. */
const maxRecentReadings = 4

/**
 * Add a reading of a counter. The use since then counts from the greatest of the last readings that is not
 * above it, so a dip or a spike has no effect. When all of them are above it, the counter has restarted, and its whole
 * value was used since.
 *
 * A late reading changes nothing, as the next one includes its time; but one from before the first moves the
 * beginning, where `begun` says that the first one was taken as the beginning.
 * An increase beyond the counter's maximum rate is a change of its unit or a new control board, and no use.
 * @param initialUsed `used` at the first reading
 * @param maxPerMs largest possible increase per ms, where it is known
 */
export function addCounterReading(
  counter: UsageCounter,
  [ts, value]: readonly [number, number],
  initialUsed: number,
  maxPerMs = Number.POSITIVE_INFINITY,
): UsageCounter {
  const { recent, first } = counter
  const newest = recent.at(-1)
  if (newest === undefined || first === undefined) {
    const reading = { ts, value, used: initialUsed }
    return { recent: [reading], first: reading }
  }
  if (ts < first.ts && value < first.value && initialUsed === 0)
    return moveStartBack(counter, { ts, value, used: 0 })
  if (ts <= newest.ts) return counter
  const from = recent.reduce<CounterReading | undefined>(
    (best, each) => (each.value <= value && each.value >= (best?.value ?? 0) ? each : best),
    undefined,
  )
  const since = from ?? { ...newest, value: 0 }
  const isPossible = value - since.value <= largestIncrease(maxPerMs, ts - since.ts)
  const used = isPossible ? since.used + value - since.value : newest.used
  return { first, recent: [...recent, { ts, value, used }].slice(-maxRecentReadings) }
}

/** Return the confirmed use: the lesser of the last two readings, as the newest may be wrong. */
export function confirmedReading({ recent }: UsageCounter): CounterReading | undefined {
  const [before, newest] = [recent.at(-2), recent.at(-1)]
  return before !== undefined && newest !== undefined && before.used < newest.used ? before : newest
}

function moveStartBack({ recent, first }: UsageCounter, begin: CounterReading): UsageCounter {
  const more = (first?.value ?? begin.value) - begin.value
  return { first: begin, recent: recent.map((each) => ({ ...each, used: each.used + more })) }
}
