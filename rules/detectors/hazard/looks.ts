import type { CounterLevel } from '../../survival/hazard-model.ts'

/** Level of a counter that was not seen yet: counters are never below 0. */
export const unseenLevel = -1

/** Most looks kept of a part: two years of months. */
const maxLooks = 24
/** An increase counts over this many intervals. */
const recentIntervals = 3

interface Hazard {
  counters: readonly string[]
  withinMs: number
}

/** Counters and interval of a hazard. */
export function parseHazardKey(key: string): Hazard {
  const [, , within = '', ...names] = key.split('/')
  const counters = names.join('/')
  return { counters: counters === '' ? [] : counters.split('+'), withinMs: Number(within) }
}

/** A part at one look. */
export interface LookState {
  /** Event time, ms. */
  at: number
  counters: Record<string, CounterLevel>
}

/** Return the looks as states: levels, and increases over the last three intervals, or since the counter was first seen. */
export function lookStates(looks: readonly number[], hazard: Hazard): LookState[] {
  const size = hazard.counters.length + 1
  return Array.from({ length: Math.floor(looks.length / size) }, (_, n) =>
    stateAt(looks.slice(0, n * size), looks.slice(n * size, (n + 1) * size), hazard),
  )
}

/**
 * Return the state of a part now.
 * @param looks before it
 * @param now its time and levels, in the form of a look
 */
export function stateAt(
  looks: readonly number[],
  now: readonly number[],
  { counters, withinMs }: Hazard,
): LookState {
  const [at = 0] = now
  const size = counters.length + 1
  const from = at - recentIntervals * withinMs
  const seen: [string, CounterLevel][] = []
  for (const [n, name] of counters.entries()) {
    const level = now[n + 1] ?? unseenLevel
    if (level === unseenLevel) continue
    let before = level
    // The newest look from before the recent intervals; without one the oldest that has the counter.
    for (let start = looks.length - size; start >= 0; start -= size) {
      const known = looks[start + n + 1] ?? unseenLevel
      if (known !== unseenLevel) before = known
      if ((looks[start] ?? at) <= from) break
    }
    seen.push([name, { level, increase: Math.max(0, level - before) }])
  }
  return { at, counters: Object.fromEntries(seen) }
}

/** Add a look in place, and drop the oldest one beyond the most that are kept. */
export function addLook(looks: number[], look: readonly number[]): void {
  looks.push(...look)
  if (looks.length > maxLooks * look.length) looks.splice(0, look.length)
}
