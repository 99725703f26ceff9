/** Cumulative sums of what exceeds the usual, in standard deviations: one for each way. */
export interface Sums {
  rise: number
  fall: number
}

export interface CusumOptions {
  /** The change that is looked for, in standard deviations. */
  shift: number
  /** From which sum on it counts as a change. */
  limit: number
}

export const noSums: Sums = { rise: 0, fall: 0 }

/** No single value may say more than this share of what is needed. */
const mostOfOne = 1 / 3

/** After a change it must be possible to come back. */
const mostOverLimit = 2

/**
 * One step of the two-sided CUSUM (Page, Continuous inspection schemes, Biometrika 1954; as a test for a change of
 * the mean, Hinkley 1971). A value adds what it exceeds half of the shift by, at most a third of the limit: so one
 * outlier, or two, prove nothing (winsorised as in Lucas and Crosier, Robust CUSUM, 1982).
 * @param deviation of the value from the usual, in standard deviations
 */
export function addToSums({ rise, fall }: Sums, deviation: number, { shift, limit }: CusumOptions): Sums {
  const next = (sum: number, excess: number) =>
    Math.min(mostOverLimit * limit, Math.max(0, sum + Math.min(excess, mostOfOne * limit)))
  return { rise: next(rise, deviation - shift / 2), fall: next(fall, -deviation - shift / 2) }
}
