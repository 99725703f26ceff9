import { fft, paddedLength } from './fft.ts'
import type { Band } from './spectrum.ts'

/**
 * Compute the envelope of a signal within a band: the magnitude of its analytic signal, by the Hilbert transform in the frequency
 * domain. Impulses that excite a resonance show in it with the rate at which they come (R. B. Randall and J. Antoni, *Rolling
 * element bearing diagnostics: a tutorial*, Mechanical Systems and Signal Processing, 2011).
 * @param samples at equal intervals, without their mean
 * @param carrier band of the resonance
 */
export function envelope(samples: Float64Array, rateHz: number, [from, to]: Band): Float64Array {
  const padded = paddedLength(samples.length)
  const [re, im] = [new Float64Array(padded), new Float64Array(padded)]
  re.set(samples)
  fft(re, im)
  const stepHz = rateHz / padded
  for (let index = 0; index < padded; index++) {
    const hz = index * stepHz
    // Frequencies in the upper half are the negative ones, which an analytic signal does not have.
    const factor = index <= padded / 2 && hz >= from && hz <= to ? 2 / padded : 0
    re[index] = (re[index] ?? 0) * factor
    im[index] = (im[index] ?? 0) * factor
  }
  fft(im, re)
  return re.slice(0, samples.length).map((real, index) => Math.hypot(real, im[index] ?? 0))
}
