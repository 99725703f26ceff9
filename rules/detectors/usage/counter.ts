/** How much a part was used, from a counter that may begin again and may be misread. */
export interface UsageCounter {
  /** The newest readings of the counter, oldest first, with what had been used by then. */
  recent: readonly CounterReading[]
  /** The first reading that counted. */
  first?: CounterReading
}

export interface CounterReading {
  ts: number
  value: number
  used: number
}

export const emptyUsageCounter: UsageCounter = { recent: [] }

/** So many readings may be wrong, one after the other, and be recognised by those around them. */
const maxRecentReadings = 4

/**
 * Takes in a reading of a counter. What was used since then counts from the greatest of the last readings that is
 * not above it: so a dip or a spike is passed over, whichever way it was wrong. When all of them are above it, the
 * counter has begun again, and all that it shows was used since.
 *
 * An old reading changes nothing, as the next one tells of its time too; but one from before the first moves the
 * beginning, where `begun` says that the first one stood for it.
 * @param initialUsed `used` at the first reading
 */
export function addCounterReading(
  counter: UsageCounter,
  [ts, value]: readonly [number, number],
  initialUsed: number,
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
  const used = from === undefined ? newest.used + value : from.used + value - from.value
  return { first, recent: [...recent, { ts, value, used }].slice(-maxRecentReadings) }
}

/** What was surely used: of the last two readings the one that says less, as the newest may be wrong. */
export function confirmedReading({ recent }: UsageCounter): CounterReading | undefined {
  const [before, newest] = [recent.at(-2), recent.at(-1)]
  return before !== undefined && newest !== undefined && before.used < newest.used ? before : newest
}

function moveStartBack({ recent, first }: UsageCounter, begin: CounterReading): UsageCounter {
  const more = (first?.value ?? begin.value) - begin.value
  return { first: begin, recent: recent.map((each) => ({ ...each, used: each.used + more })) }
}
