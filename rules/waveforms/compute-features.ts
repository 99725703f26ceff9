import { envelope } from '../../lib/signal/envelope.ts'
import { kurtosisOf, peakOf, rootMeanSquare, withoutMean } from '../../lib/signal/moments.ts'
import { bandRms, powerSpectrum } from '../../lib/signal/spectrum.ts'
import type { Feature, Waveform } from './waveform-schema.ts'

/** Units of acceleration, in mm/s². */
export const accelerationUnits: Readonly<Record<string, number>> = { '[g]': 9_806.65, 'm/s2': 1_000 }

/**
 * Compute features of a waveform. All are of the samples without their mean.
 * @param samples at equal intervals, in the unit of the waveform
 * @param features by metric
 * @returns values by metric; without those that the samples do not have, such as the kurtosis of a constant
 */
export function computeFeatures(
  samples: readonly number[],
  { unit, rate_hz: rateHz }: Pick<Waveform, 'unit' | 'rate_hz'>,
  features: Iterable<readonly [metric: string, feature: Feature]>,
): Record<string, number> {
  const centred = withoutMean(samples)
  const values = [...features].map(
    ([metric, feature]) => [metric, computeFeature(centred, feature, { unit, rateHz })] as const,
  )
  return Object.fromEntries(values.filter(([, value]) => Number.isFinite(value)))
}

function computeFeature(
  samples: Float64Array,
  feature: Feature,
  { unit, rateHz }: { unit: string; rateHz: number },
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
    case 'velocity_rms': {
      const mmPerS2 = accelerationUnits[unit] ?? Number.NaN
      return bandRms(powerSpectrum(samples, rateHz), feature.band, (hz) => mmPerS2 / (2 * Math.PI * hz))
    }
    case 'envelope_rms': {
      const amplitude = withoutMean(envelope(samples, rateHz, feature.carrier))
      return bandRms(powerSpectrum(amplitude, rateHz), feature.band)
    }
  }
}
