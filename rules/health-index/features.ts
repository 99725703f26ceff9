/** Means of the metrics of a part over one period. */
export interface HealthLook {
  /** Time of its last reading, ms. */
  at: number
  values: readonly number[]
}

/** Parse looks from a flat list: time and one value for each metric. */
export function parseLooks(flat: readonly number[], metrics: number): HealthLook[] {
  const size = metrics + 1
  return Array.from({ length: Math.floor(flat.length / size) }, (_, n) => ({
    at: flat[n * size] ?? 0,
    values: flat.slice(n * size + 1, (n + 1) * size),
  }))
}

/** Features of each metric: level and slope over a short and a long time. */
export const featuresPerMetric = 4
/** Position of the slope over the long time. */
export const longSlope = 3

/** Time constants of the two averages, as shares of a typical life. */
const shortTime = 1 / 40
const longTime = 1 / 4
/** Keeps a slope near 0 until the looks cover this share of the squared time constant. */
const slopePrior = 0.05

/**
 * Return the features of a part at one of its looks, by metric: exponentially weighted level, and slope of the weighted
 * regression line times its time constant, in the metric's unit.
 * @param at index of the look; earlier ones count too, later ones do not
 * @param typicalLife ms
 */
export function featuresAt(looks: readonly HealthLook[], at: number, typicalLife: number): number[] {
  const short = averages(looks, at, shortTime * typicalLife)
  const long = averages(looks, at, longTime * typicalLife)
  return short.levels.flatMap((level, n) => [
    level,
    short.slopes[n] ?? 0,
    long.levels[n] ?? 0,
    long.slopes[n] ?? 0,
  ])
}

function averages(looks: readonly HealthLook[], last: number, timeConstant: number) {
  const now = looks[last]?.at ?? 0
  const used = looks.slice(0, last + 1)
  const ages = used.map(({ at }) => (now - at) / timeConstant)
  const weights = ages.map((age) => Math.exp(-age))
  const total = sum(weights)
  const meanAge = sum(weights.map((weight, n) => weight * (ages[n] ?? 0))) / total
  const spread = sum(weights.map((weight, n) => weight * ((ages[n] ?? 0) - meanAge) ** 2))
  const shares = weights.map((weight) => weight / total)
  const levers = weights.map(
    (weight, n) => (weight * (meanAge - (ages[n] ?? 0))) / (spread + slopePrior * total),
  )
  const levels = combined(used, shares)
  const sumOfLevers = sum(levers)
  const slopes = combined(used, levers).map((slope, m) => slope - sumOfLevers * (levels[m] ?? 0))
  return { levels, slopes }
}

/** Return the sum of the values of the looks by metric, each look times its factor. */
function combined(looks: readonly HealthLook[], factors: readonly number[]): number[] {
  const sums = new Array<number>(looks[0]?.values.length ?? 0).fill(0)
  for (const [n, { values }] of looks.entries())
    for (let m = 0; m < sums.length; m++) sums[m] = (sums[m] ?? 0) + (factors[n] ?? 0) * (values[m] ?? 0)
  return sums
}

export function sum(values: readonly number[]): number {
  let total = 0
  for (const value of values) total += value
  return total
}
