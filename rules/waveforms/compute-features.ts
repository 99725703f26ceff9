import { envelope } from '../../lib/signal/envelope.ts'
import { kurtosisOf, peakOf, rootMeanSquare, withoutMean } from '../../lib/signal/moments.ts'
import { type Band, bandRms, type PowerSpectrum, powerSpectrum } from '../../lib/signal/spectrum.ts'
import type { Feature, Waveform } from './waveform-schema.ts'

/** Units of acceleration, in mm/s². */
export const accelerationUnits: Readonly<Record<string, number>> = { '[g]': 9_806.65, 'm/s2': 1_000 }

/** More digits than a sensor has, fewer than depend on the release of Node.js: the same samples give the same metrics. */
const digits = 9

/**
 * Compute features of a waveform. All are of the samples without their mean.
 * @param samples at equal intervals, in the unit of the waveform
 * @param features by metric
 * @returns values by metric; without those that the samples do not have, such as the kurtosis of a constant
 */
export function computeFeatures(
  samples: readonly number[],
  waveform: Pick<Waveform, 'unit' | 'rate_hz'>,
  features: Iterable<readonly [metric: string, feature: Feature]>,
): Record<string, number> {
  const analysis = analyse(withoutMean(samples), waveform)
  const values = [...features].map(
    ([metric, feature]) => [metric, Number(computeFeature(analysis, feature).toPrecision(digits))] as const,
  )
  return Object.fromEntries(values.filter(([, value]) => Number.isFinite(value)))
}

/** What several features are computed of; each spectrum is computed once. */
interface Analysis {
  samples: Float64Array
  mmPerS2: number
  spectrum(): PowerSpectrum
  envelopeSpectrum(carrier: Band): PowerSpectrum
}

function analyse(
  samples: Float64Array,
  { unit, rate_hz: rateHz }: Pick<Waveform, 'unit' | 'rate_hz'>,
): Analysis {
  const spectra = new Map<string, PowerSpectrum>()
  const once = (key: string, compute: () => Float64Array): PowerSpectrum => {
    const known = spectra.get(key) ?? powerSpectrum(compute(), rateHz)
    spectra.set(key, known)
    return known
  }
  return {
    samples,
    mmPerS2: accelerationUnits[unit] ?? Number.NaN,
    spectrum: () => once('', () => samples),
    envelopeSpectrum: (carrier) =>
      once(carrier.join(' '), () => withoutMean(envelope(samples, rateHz, carrier))),
  }
}

function computeFeature(
  { samples, mmPerS2, spectrum, envelopeSpectrum }: Analysis,
  feature: Feature,
): number {
  switch (feature.compute) {
    case 'rms':
      return rootMeanSquare(samples)
    case 'peak':
      return peakOf(samples)
    case 'crest':
      return peakOf(samples) / rootMeanSquare(samples)
    case 'kurtosis':
      return kurtosisOf(samples)
    case 'velocity_rms':
      return bandRms(spectrum(), feature.band, (hz) => mmPerS2 / (2 * Math.PI * hz))
    case 'envelope_rms':
      return bandRms(envelopeSpectrum(feature.carrier), feature.band)
  }
}
