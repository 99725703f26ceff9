/** Return the samples without their mean. */
export function withoutMean(samples: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(samples)
  const mean = copy.reduce((sum, sample) => sum + sample, 0) / copy.length
  return copy.map((sample) => sample - mean)
}

/** @param samples without their mean */
export function rootMeanSquare(samples: Float64Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
}

/** Return the greatest absolute value. */
export function peakOf(samples: Float64Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)
}

/**
 * Return the kurtosis of the samples, not reduced by 3: 3 for normal noise, 1.5 for a sine, more with impulses; NaN where all
 * samples are equal.
 * @param samples without their mean
 */
export function kurtosisOf(samples: Float64Array): number {
  const fourth = samples.reduce((sum, sample) => sum + sample ** 4, 0) / samples.length
  return fourth / rootMeanSquare(samples) ** 4
}
