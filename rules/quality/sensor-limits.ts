import { z } from 'zod'
import { durationSchema } from '../files/duration.ts'

/** What a kind may say of a sensor, below `quality:` of its metric. */
export const qualitySchema = z.strictObject({
  /** The metric changes by no more than this within `per`; over a longer time by so much more. */
  jump: z.strictObject({ by: z.number().gt(0), per: durationSchema }).optional(),
  /** So many identical values in a row are no measurement: for metrics that are never constant. */
  stuck: z.int().min(3).optional(),
  /** What the sensor says when it is cut off or shorted; the ends of its range when absent. */
  rails: z.strictObject({ low: z.number().optional(), high: z.number().optional() }).optional(),
})

/** What a sensor can say when it is sound. */
export interface SensorLimits {
  unit: string
  /** Within `perMs` the metric changes by at most `by`; Infinity where it may leap. */
  jump: { by: number; perMs: number }
  /** Identical values in a row from which on it is stuck. */
  stuck: number
  /** From these values on outwards it is saturated. */
  rails: readonly [low: number, high: number]
}

export function toSensorLimits(
  { jump, stuck, rails }: z.infer<typeof qualitySchema>,
  { unit, range: [least, most] }: { unit: string; range: readonly [number, number] },
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
  }
}
