import { z } from 'zod'
import { hourMs } from '../../lib/time.ts'
import { durationSchema } from '../files/duration.ts'

/** Schema of the mapping below `quality:` of a metric in a kind file. */
export const qualitySchema = z.strictObject({
  /** Largest plausible change within `per`; over a longer time in proportion more. */
  jump: z.strictObject({ by: z.number().gt(0), per: durationSchema }).optional(),
  /** Number of identical values in a row that counts as a fault: for metrics that are never constant. */
  stuck: z.int().min(3).optional(),
  /** Values of a sensor that is disconnected or shorted; default: the ends of the metric's range. */
  rails: z.strictObject({ low: z.number().optional(), high: z.number().optional() }).optional(),
  /** For a counter: largest possible increase in an hour, in its unit. Such a metric has no other check. */
  max_per_hour: z.number().gt(0).optional(),
})

/** Limits of the values that a healthy sensor can report. */
export interface SensorLimits {
  unit: string
  /** Largest plausible change `by` within `perMs`; Infinity where there is none. */
  jump: { by: number; perMs: number }
  /** Number of identical values in a row from which on the sensor is stuck. */
  stuck: number
  /** At or beyond these values the sensor is saturated. */
  rails: readonly [low: number, high: number]
  /** Direction in which wear moves the metric. */
  worse?: 'lower' | 'higher'
  /** For a counter: largest possible increase per ms. */
  maxPerMs?: number
}

export function toSensorLimits(
  { jump, stuck, rails, max_per_hour }: z.infer<typeof qualitySchema>,
  {
    unit,
    range: [least, most],
    worse,
  }: { unit: string; range: readonly [number, number]; worse?: 'lower' | 'higher' | undefined },
): SensorLimits {
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = rails ?? {
    low: least,
    high: most,
  }
  return {
    unit,
    jump: jump ? { by: jump.by, perMs: jump.per } : { by: Number.POSITIVE_INFINITY, perMs: 1 },
    stuck: stuck ?? Number.POSITIVE_INFINITY,
    rails: [low, high],
    ...(worse === undefined ? {} : { worse }),
    ...(max_per_hour === undefined ? {} : { maxPerMs: max_per_hour / hourMs }),
  }
}
