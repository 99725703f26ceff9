import { z } from 'zod'
import {
  addToBucketedSeries,
  type BucketedSeries,
  type BucketedSeriesSize,
  bucketedPoints,
  emptyBucketedSeries,
} from '../bucketed-series.ts'
import type { Detector, Evaluation, Evaluator, Sample } from '../detector.ts'
import { createLimit, hasOneLimit, limitKeys, oneLimitMessage, validateLimit } from '../limit.ts'
import { shiftedDown, shiftedUp } from '../stricter-values.ts'

const config = z
  .strictObject({
    ...limitKeys,
    in_a_row: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('How many consecutive readings must be beyond the limit.'),
  })
  .refine(hasOneLimit, oneLimitMessage)

interface ThresholdState {
  /** Newest value and its time. */
  ts: number
  value: number
  /** Number of consecutive readings beyond the limit, up to the newest. */
  consecutiveBeyond: number
  series: BucketedSeries
}

const maxPoints = 30

/** Value beyond a limit; with the rule's `clear` as hysteresis. */
export const threshold: Detector<z.infer<typeof config>> = {
  name: 'threshold',
  config,
  validate: (config, context) => validateLimit(config, context),
  stricter: { below: shiftedDown, above: shiftedUp, in_a_row: (count) => [count + 1, count + 3] },
  indicatesFailure: () => true,
  createEvaluator(config, { kind, clear }): Evaluator<ThresholdState> {
    const { metric, in_a_row: needed } = config
    const limit = createLimit(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const size: BucketedSeriesSize = { bucketMs: kind.expectedIntervalMs, maxPoints }
    return {
      metrics: [metric],
      // Readings beyond another limit do not count in a row.
      stateKey:
        needed === 1 ? `threshold ${metric}` : `threshold ${metric} ${limit.worseSign} ${limit.value}`,
      initialState: () => ({
        ts: Number.MIN_SAFE_INTEGER,
        value: limit.value,
        consecutiveBeyond: 0,
        series: emptyBucketedSeries,
      }),
      onSample(memory, { ts, values }: Sample): Evaluation<ThresholdState> {
        const value = values[metric]
        if (value === undefined) return { state: memory, assessment: { is: 'unknown' } }
        const history = addToBucketedSeries(memory.series, [ts, value], size)
        const isNewest = ts > memory.ts
        const row = limit.margin(value) >= 0 ? 0 : isNewest ? memory.consecutiveBeyond + 1 : 1
        const verdict = { is: verdictOf(value, row) }
        if (!isNewest) return { state: { ...memory, series: history }, assessment: verdict }
        return {
          state: { ts, value, consecutiveBeyond: Math.min(row, needed), series: history },
          assessment: verdict,
        }
      },
      evidence: ({ value, series }) => ({
        detector: 'threshold',
        metric,
        unit,
        value,
        limit: limit.value,
        points: bucketedPoints(series).map(([ts, value]) => [ts, value]),
      }),
    }

    function verdictOf(value: number, row: number): 'bad' | 'between' | 'good' {
      if (row > 0) return row >= needed ? 'bad' : 'between'
      return clear !== undefined && limit.margin(value) < limit.margin(clear) ? 'between' : 'good'
    }
  },
}
