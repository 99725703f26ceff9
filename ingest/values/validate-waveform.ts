import { type Rejection, valueExcerpt } from '../decode/rejection.ts'
import type { WaveformRule } from '../kind-catalog.ts'

/** Return why the value of a waveform is not a list of samples that its kind allows; undefined for one that is. */
export function rejectWaveform(
  name: string,
  value: unknown,
  { min, max, fewest, most }: Omit<WaveformRule, 'compute'>,
): Rejection | undefined {
  if (!Array.isArray(value)) {
    const detail = `${name} is ${valueExcerpt(value)}; a list of ${fewest} to ${most} numbers is expected`
    return { reason: 'wrong_type', detail }
  }
  const samples: readonly unknown[] = value
  if (samples.length < fewest || samples.length > most) {
    const detail = `${name} has ${samples.length} samples; ${fewest} to ${most} are allowed`
    return { reason: 'out_of_range', detail }
  }
  const index = samples.findIndex((sample) => !isNumberWithin(sample, min, max))
  if (index < 0) return undefined
  const sample = samples[index]
  const found = `sample ${index} of ${name} is ${valueExcerpt(sample)}`
  if (typeof sample !== 'number') return { reason: 'wrong_type', detail: `${found}; a number is expected` }
  if (!Number.isFinite(sample))
    return { reason: 'not_finite', detail: `sample ${index} of ${name} is ${sample}` }
  return { reason: 'out_of_range', detail: `${found}; ${min} to ${max} is allowed` }
}

function isNumberWithin(sample: unknown, min: number, max: number): boolean {
  return typeof sample === 'number' && sample >= min && sample <= max
}
