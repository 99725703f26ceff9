/** Looks at a part: means of each metric over equal periods, which get longer as the part gets older. */
export interface LooksState {
  /** Length of the periods, ms. */
  periodMs: number
  /** Newest value of each metric; empty until all were seen. */
  latest: Record<string, number>
  /** Time of the newest reading, ms; 0 before the first. */
  newestAt: number
  /** Open period: number of its readings, and the sum of each metric. */
  count: number
  sums: number[]
  /** Closed periods, oldest first: time of the last reading and mean of each metric. */
  looks: number[]
}

/** Most looks kept of a part: with one more the periods are doubled. */
const maxLooks = 64
/** Significant digits of a mean. */
const digits = 6

export function createLooks(periodMs: number): LooksState {
  return { periodMs, latest: {}, newestAt: 0, count: 0, sums: [], looks: [] }
}

/**
 * Add a reading in place. A metric that it lacks keeps its last value; before each metric was seen nothing is kept. Time does not go
 * back: an earlier reading changes nothing.
 */
export function addToLooks(
  state: LooksState,
  { ts, values }: { ts: number; values: Readonly<Record<string, number>> },
  metrics: readonly string[],
): void {
  if (ts <= state.newestAt) return
  for (const metric of metrics) {
    const value = values[metric]
    if (value !== undefined) state.latest[metric] = value
  }
  if (metrics.some((metric) => state.latest[metric] === undefined)) return
  if (state.count > 0 && periodOf(ts, state) !== periodOf(state.newestAt, state)) closePeriod(state)
  state.newestAt = ts
  state.count += 1
  for (const [n, metric] of metrics.entries())
    state.sums[n] = (state.sums[n] ?? 0) + (state.latest[metric] ?? 0)
}

const periodOf = (at: number, { periodMs }: Pick<LooksState, 'periodMs'>): number => Math.floor(at / periodMs)

function closePeriod(state: LooksState): void {
  const { sums, count, newestAt } = state
  const size = sums.length + 1
  state.looks.push(newestAt, ...sums.map((total) => rounded(total / count)))
  state.count = 0
  state.sums = []
  while (state.looks.length > maxLooks * size) {
    state.periodMs *= 2
    state.looks = mergedLooks(state, size)
  }
}

/** Merge neighbours that are in the same period. */
function mergedLooks({ looks, periodMs }: LooksState, size: number): number[] {
  const merged: number[] = []
  for (let start = 0; start < looks.length; start += size) {
    const at = looks[start] ?? 0
    const before = merged.length - size
    const isSame = before >= 0 && periodOf(merged[before] ?? 0, { periodMs }) === periodOf(at, { periodMs })
    if (!isSame) {
      for (let n = 0; n < size; n++) merged.push(looks[start + n] ?? 0)
      continue
    }
    merged[before] = at
    for (let n = 1; n < size; n++)
      merged[before + n] = rounded(((merged[before + n] ?? 0) + (looks[start + n] ?? 0)) / 2)
  }
  return merged
}

const rounded = (value: number): number => Number(value.toPrecision(digits))
