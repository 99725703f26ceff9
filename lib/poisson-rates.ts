/** Interval at 95 %; `high` is null where it has no upper end. */
interface ConfidenceInterval {
  low: number
  high: number | null
}

/** Probability left out at each end. */
const tailProbability = 0.025

/**
 * Return the exact interval of the expected number of events for an observed number (Garwood 1936, "Fiducial limits for the Poisson
 * distribution", Biometrika 28, 437–442).
 */
export function poissonInterval(observed: number): { low: number; high: number } {
  const upperBound = 2 * observed + 20
  // P(X ≥ seen) rises with the mean, P(X ≤ seen) falls.
  const low =
    observed === 0
      ? 0
      : bisect([0, upperBound], (mean) => 1 - poissonCdf(observed - 1, mean) >= tailProbability)
  const high = bisect([0, upperBound], (mean) => poissonCdf(observed, mean) <= tailProbability)
  return { low, high }
}

/** Number of events and exposure time, in any unit. */
export interface EventCount {
  events: number
  exposure: number
}

export interface RateRatio extends ConfidenceInterval {
  /** Ratio of the rates; null where the other side has no event. */
  ratio: number | null
  /** Two-sided p-value of the hypothesis that both rates are equal. */
  p: number
}

/**
 * Return the ratio of two Poisson rates. Given the total number of events, those of one side
 * are binomial (Przyborowski and Wilenski 1940, "Homogeneity of results in testing samples from Poisson series",
 * Biometrika 31, 313–323); its interval is exact (Clopper and Pearson 1934, Biometrika 26, 404–413).
 * @returns undefined where a side has no exposure, or there are no events
 */
export function rateRatio(one: EventCount, other: EventCount): RateRatio | undefined {
  const events = one.events + other.events
  if (events === 0 || !(one.exposure > 0 && other.exposure > 0)) return undefined
  const { low, high } = binomialInterval(one.events, events)
  const ratioAt = (share: number) => (share / (1 - share)) * (other.exposure / one.exposure)
  const expectedShare = one.exposure / (one.exposure + other.exposure)
  const lowerTail = binomialCdf(one.events, events, expectedShare)
  const upperTail = 1 - (one.events === 0 ? 0 : binomialCdf(one.events - 1, events, expectedShare))
  return {
    ratio: other.events === 0 ? null : ratioAt(one.events / events),
    low: ratioAt(low),
    high: high >= 1 ? null : ratioAt(high),
    p: Math.min(1, 2 * Math.min(lowerTail, upperTail)),
  }
}

function binomialInterval(hits: number, n: number): { low: number; high: number } {
  const low =
    hits === 0 ? 0 : bisect([0, 1], (share) => 1 - binomialCdf(hits - 1, n, share) >= tailProbability)
  const high = hits === n ? 1 : bisect([0, 1], (share) => binomialCdf(hits, n, share) <= tailProbability)
  return { low, high }
}

/** Return the least value in a range for which a monotonic condition holds, by bisection. */
function bisect([low, high]: [number, number], holds: (value: number) => boolean): number {
  for (let turn = 0; turn < 60; turn++) {
    const middle = (low + high) / 2
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}

function poissonCdf(maxEvents: number, mean: number): number {
  if (mean === 0) return 1
  let [log, sum] = [-mean, 0]
  for (let k = 0; k <= maxEvents; k++) {
    sum += Math.exp(log)
    log += Math.log(mean) - Math.log(k + 1)
  }
  return Math.min(1, sum)
}

function binomialCdf(maxEvents: number, n: number, share: number): number {
  if (share <= 0) return 1
  if (share >= 1) return maxEvents >= n ? 1 : 0
  const odds = Math.log(share) - Math.log1p(-share)
  let [log, sum] = [n * Math.log1p(-share), 0]
  for (let k = 0; k <= maxEvents; k++) {
    sum += Math.exp(log)
    log += Math.log(n - k) - Math.log(k + 1) + odds
  }
  return Math.min(1, sum)
}
