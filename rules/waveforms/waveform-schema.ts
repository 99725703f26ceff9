import { z } from 'zod'

const [minSamples, maxSamples] = [64, 16_384]

const increasing = (number: z.ZodNumber) =>
  z
    .tuple([number, number])
    .refine(([first, second]) => first < second, 'the first number must be below the second')

const band = increasing(z.number().gt(0))
const count = z.int().min(minSamples).max(maxSamples)

/** Schema of a waveform of a kind. */
export const waveformSchema = z.strictObject({
  /** UCUM code of a sample. */
  unit: z.string().min(1),
  /** Least and greatest possible sample, ends included. */
  range: increasing(z.number()),
  /** Samples a second. */
  rate_hz: z.number().gt(0).max(1_000_000),
  /** Fewest and most samples. */
  samples: z
    .tuple([count, count])
    .refine(([fewest, most]) => fewest <= most, 'the first number must not be above the second'),
  description: z.string().optional(),
})

export type Waveform = z.infer<typeof waveformSchema>

const waveform = z.string()

/** Schema of `from:` of a metric: the feature of a waveform. Bands are in Hz. */
export const featureSchema = z.discriminatedUnion('compute', [
  z.strictObject({ waveform, compute: z.enum(['rms', 'peak', 'crest', 'kurtosis']) }),
  /** Of acceleration, integrated; the default band is that of ISO 20816. */
  z.strictObject({ waveform, compute: z.literal('velocity_rms'), band: band.default([10, 1_000]) }),
  /** Root mean square of the envelope within `band`, after a band-pass to `carrier`. */
  z.strictObject({ waveform, compute: z.literal('envelope_rms'), carrier: band, band }),
])

export type Feature = z.infer<typeof featureSchema>
