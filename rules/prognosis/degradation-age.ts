import type { FirstPassages } from './first-passage.ts'

/** Usual age at each level: turns wear of any shape into a straight line (a time-scale transformation). */
export interface DegradationAgeScale {
  /** Margins, descending to 0. */
  levels: readonly number[]
  /** Usual age when each level is passed, ms of degradation age. */
  ages: Float64Array
  /** Usual age at the limit, ms. */
  typicalLifetimeMs: number
  /** Part of it, after each level, that no lifetime passed through, ms. */
  unobservedMs: Float64Array
}

/** Lifetime with its weight, and how many times slower than the usual degradation age it wears. */
export interface WeightedPassages {
  passages: FirstPassages
  weight: number
  timeScale: number
}

/** Prior weight of the level before, for a level that no lifetime passed. */
const priorWeight = 0.05

/**
 * Return the usual age at each level from the mean times between levels. A censored stay (the record ended within it)
 * counts only once it is longer than usual: a shorter one carries no information.
 * @returns undefined when no lifetime passed any level
 */
export function buildAgeScale(
  levels: readonly number[],
  contributions: readonly WeightedPassages[],
): DegradationAgeScale | undefined {
  const size = levels.length
  const [times, passed] = [new Float64Array(size), new Float64Array(size)]
  for (const { passages, weight, timeScale } of contributions) {
    for (let k = 0; k < size; k++) {
      const share = weight * (passages.passed[k] ?? 0)
      // Most lifetimes run, and have not passed most levels.
      if (share === 0) continue
      times[k] = (times[k] ?? 0) + (share * (passages.dwellTimes[k] ?? 0)) / timeScale
      passed[k] = (passed[k] ?? 0) + share
    }
  }
  addCensoredDwellTimes(contributions, times, passed)
  const all = passed.reduce((sum, one) => sum + one, 0)
  if (all === 0) return undefined
  const most = contributions.reduce((max, { weight }) => Math.max(max, weight), 0)
  let before = times.reduce((sum, one) => sum + one, 0) / all
  const stays = times.map((time, k) => {
    before = (time + priorWeight * most * before) / ((passed[k] ?? 0) + priorWeight * most)
    return before
  })
  return { levels, ...accumulateAges(stays, passed) }
}

function addCensoredDwellTimes(
  contributions: readonly WeightedPassages[],
  times: Float64Array,
  passed: Float64Array,
): void {
  for (const { passages, weight, timeScale } of contributions) {
    const { dwellTimes } = passages
    for (let k = 0; k < dwellTimes.length; k++) {
      const sum = times[k] ?? 0
      const count = passed[k] ?? 0
      const stay = (dwellTimes[k] ?? 0) / timeScale
      if (passages.passed[k] !== 0 || stay === 0 || stay * count <= sum) continue
      times[k] = sum + weight * stay
      passed[k] = count + weight
    }
  }
}

function accumulateAges(stays: Float64Array, passed: Float64Array): Omit<DegradationAgeScale, 'levels'> {
  let lifeMs = 0
  const ages = stays.map((stay) => {
    lifeMs += stay
    return lifeMs
  })
  let left = 0
  const unseen = new Float64Array(stays.length)
  for (let k = stays.length - 1; k >= 0; k--) {
    unseen[k] = left
    if (passed[k] === 0) left += stays[k] ?? 0
  }
  return { ages, typicalLifetimeMs: lifeMs, unobservedMs: unseen }
}

/** Return how many levels a margin has reached. */
function levelIndex(levels: readonly number[], margin: number): number {
  let low = 0
  let high = levels.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (margin <= (levels[middle] ?? 0)) low = middle + 1
    else high = middle
  }
  return low
}

/** Return the usual age at a margin, ms; above the first level 0, beyond the limit the whole lifetime. */
export function degradationAgeAt(
  { levels, ages, typicalLifetimeMs }: DegradationAgeScale,
  margin: number,
): number {
  const place = levelIndex(levels, margin)
  if (place === 0) return 0
  if (place === levels.length) return typicalLifetimeMs
  const above = levels[place - 1] ?? 0
  const below = levels[place] ?? 0
  const from = ages[place - 1] ?? 0
  const to = ages[place] ?? 0
  return from + ((to - from) * (above - margin)) / (above - below)
}

/** Return how much of the remaining path from a margin no lifetime passed through, ms of degradation age. */
export function unobservedFrom({ levels, unobservedMs }: DegradationAgeScale, margin: number): number {
  return unobservedMs[Math.max(0, Math.min(levels.length, levelIndex(levels, margin)) - 1)] ?? 0
}
