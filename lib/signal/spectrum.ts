import { fft, paddedLength } from './fft.ts'

/** Lower and upper frequency, Hz, ends included. */
export type Band = readonly [from: number, to: number]

export interface PowerSpectrum {
  /** Mean square of the signal at each frequency, from 0 to half of the sampling rate; together that of the signal. */
  meanSquares: Float64Array
  /** Distance of the frequencies, Hz. */
  stepHz: number
}

/**
 * Compute the one-sided power spectrum under a Hann window, padded with zeros to a power of two (P. D. Welch, IEEE Transactions
 * on Audio and Electroacoustics, 1967, with one segment).
 * @param samples at equal intervals, without their mean
 */
export function powerSpectrum(samples: Float64Array, rateHz: number): PowerSpectrum {
  const padded = paddedLength(samples.length)
  const [re, im] = [new Float64Array(padded), new Float64Array(padded)]
  let windowSquares = 0
  for (const [index, sample] of samples.entries()) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * (index + 0.5)) / samples.length)
    re[index] = sample * weight
    windowSquares += weight * weight
  }
  fft(re, im)
  const half = padded / 2
  const meanSquares = new Float64Array(half + 1)
  for (let index = 0; index <= half; index++) {
    const sides = index === 0 || index === half ? 1 : 2
    meanSquares[index] = (sides * ((re[index] ?? 0) ** 2 + (im[index] ?? 0) ** 2)) / (padded * windowSquares)
  }
  return { meanSquares, stepHz: rateHz / padded }
}

/**
 * Compute the root mean square of a signal within a band.
 * @param gain factor of the amplitude at a frequency in Hz, such as that of an integration
 */
export function bandRms(
  { meanSquares, stepHz }: PowerSpectrum,
  [from, to]: Band,
  gain: (hz: number) => number = () => 1,
): number {
  const last = Math.min(meanSquares.length - 1, Math.floor(to / stepHz))
  let sum = 0
  for (let index = Math.ceil(from / stepHz); index <= last; index++)
    sum += (meanSquares[index] ?? 0) * gain(index * stepHz) ** 2
  return Math.sqrt(sum)
}
