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

/** Prior weight of the rate at the level before, for a level that hardly any lifetime passed. */
const priorWeight = 0.05

/**
 * Return the usual age at each level, from the mean times between levels: product-limit estimates, with the stays of running
 * lifetimes as censored (E. L. Kaplan and P. Meier, JASA 53, 1958).
 * @returns undefined when no lifetime passed any level
 */
export function buildAgeScale(
  levels: readonly number[],
  contributions: readonly WeightedPassages[],
): DegradationAgeScale | undefined {
  const stays = levels.map((_, k) => staysAt(k, contributions))
  const means = stays.map((some) => ({ mean: productLimitMean(some), passed: weightOver(some) }))
  return scaleOf(levels, means, mostWeight(contributions))
}

/**
 * Return the age at each level from the mean times of those who passed it alone.
 * @returns undefined when no lifetime passed any level
 */
export function buildDwellScale(
  levels: readonly number[],
  contributions: readonly WeightedPassages[],
): DegradationAgeScale | undefined {
  const means = levels.map((_, k) => {
    const over = staysAt(k, contributions).filter(({ isOver }) => isOver)
    return { mean: meanOf(over), passed: weightOver(over) }
  })
  return scaleOf(levels, means, mostWeight(contributions))
}

/** Time between two levels. */
interface Stay {
  time: number
  weight: number
  /** False where the record ended within (censored). */
  isOver: boolean
}

function staysAt(k: number, contributions: readonly WeightedPassages[]): Stay[] {
  const stays: Stay[] = []
  for (const one of contributions) {
    const { passages, weight } = one
    const time = (passages.dwellTimes[k] ?? 0) / one.timeScale
    const isOver = passages.passed[k] === 1
    // Most lifetimes run, and have not reached most levels.
    if (isOver || time > 0) stays.push({ time, weight, isOver })
  }
  return stays
}

function meanOf(stays: readonly Stay[]): number {
  let [sum, total] = [0, 0]
  for (const { time, weight } of stays) {
    sum += weight * time
    total += weight
  }
  return total === 0 ? 0 : sum / total
}

const weightOver = (stays: readonly Stay[]): number =>
  stays.reduce((sum, { weight, isOver }) => (isOver ? sum + weight : sum), 0)

const mostWeight = (contributions: readonly WeightedPassages[]): number =>
  contributions.reduce((most, { weight }) => Math.max(most, weight), 0)

/** Return the mean of the product-limit estimate; the longest stay counts as over (B. Efron, 1967). Sorts the stays. */
function productLimitMean(stays: Stay[]): number {
  // Without censored stays it is the plain mean.
  if (stays.every(({ isOver }) => isOver)) return meanOf(stays)
  stays.sort((a, b) => a.time - b.time || Number(b.isOver) - Number(a.isOver))
  let atRisk = stays.reduce((sum, { weight }) => sum + weight, 0)
  let [mean, survival, before] = [0, 1, 0]
  for (const { time, weight, isOver } of stays) {
    mean += survival * (time - before)
    before = time
    if (isOver && atRisk > 0) survival *= 1 - weight / atRisk
    atRisk -= weight
  }
  return mean
}

/** Return the scale of mean times between levels. Where hardly a lifetime passed, wear goes on at the rate of the level before. */
function scaleOf(
  levels: readonly number[],
  means: readonly { mean: number; passed: number }[],
  most: number,
): DegradationAgeScale | undefined {
  if (means.every(({ passed }) => passed === 0)) return undefined
  const widths = levels.map((level, k) => Math.max((levels[k - 1] ?? level) - level, Number.MIN_VALUE))
  let [time, width] = [0, 0]
  means.slice(1).forEach(({ mean, passed }, index) => {
    time += passed * mean
    width += passed * (widths[index + 1] ?? 0)
  })
  // Of margin; the first level is entered with the lifetime and has no width.
  let rate = width === 0 ? 0 : time / width
  const prior = priorWeight * most
  const stays = means.map(({ mean, passed }, k) => {
    if (k === 0) return passed === 0 ? 0 : mean
    const own = widths[k] ?? 0
    rate = (passed * mean + prior * rate * own) / ((passed + prior) * own)
    return rate * own
  })
  return {
    levels,
    ...accumulateAges(
      stays,
      means.map(({ passed }) => passed),
    ),
  }
}

function accumulateAges(
  stays: readonly number[],
  passed: readonly number[],
): Omit<DegradationAgeScale, 'levels'> {
  let lifeMs = 0
  const ages = Float64Array.from(stays, (stay) => {
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
