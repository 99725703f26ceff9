import { z } from 'zod'
import { durationSchema } from '../../files/duration.ts'
import {
  addToBucketedSeries,
  type BucketedSeries,
  type BucketedSeriesSize,
  bucketedPoints,
  emptyBucketedSeries,
} from '../bucketed-series.ts'
import type { Detector, Evaluation, Evaluator, Sample } from '../detector.ts'
import { createLimit, hasOneLimit, limitKeys, oneLimitMessage, validateLimit } from '../limit.ts'
import { scaledBy, shiftedDown, shiftedUp } from '../stricter-values.ts'

const config = z
  .strictObject({
    ...limitKeys,
    in_a_row: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('How many consecutive readings must be beyond the limit.'),
    lasting: durationSchema
      .optional()
      .describe(
        'How long they must span, in event time. Without it: half of the time that as many readings usually take.',
      ),
  })
  .refine(hasOneLimit, oneLimitMessage)

interface ThresholdState {
  /** Newest value and its time. */
  ts: number
  value: number
  /** Number of consecutive readings beyond the limit, up to the newest. */
  consecutiveBeyond: number
  /** Event times of the first and the last of them, ms; absent when there are none. */
  beyondSince?: number
  beyondAt?: number
  series: BucketedSeries
}

type BeyondRow = Pick<ThresholdState, 'consecutiveBeyond' | 'beyondSince' | 'beyondAt'>

const noRow: BeyondRow = { consecutiveBeyond: 0 }
/** A device that reports often is noisy near the limit: it may return there for this share of `lasting`. */
const toleratedShare = 1 / 4

const maxPoints = 30

/** Value beyond a limit; with the rule's `clear` as hysteresis. */
export const threshold: Detector<z.infer<typeof config>> = {
  name: 'threshold',
  config,
  validate: (config, context) => validateLimit(config, context),
  stricter: {
    below: shiftedDown,
    above: shiftedUp,
    in_a_row: (count) => [count + 1, count + 3],
    lasting: scaledBy(2, 4),
  },
  indicatesFailure: () => true,
  createEvaluator(config, { kind, clear }): Evaluator<ThresholdState> {
    const { metric, in_a_row: needed, lasting = ((needed - 1) * kind.expectedIntervalMs) / 2 } = config
    const limit = createLimit(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const size: BucketedSeriesSize = { bucketMs: kind.expectedIntervalMs, maxPoints }
    const isGood = (value: number): boolean => limit.margin(value) >= limit.margin(clear ?? limit.value)
    return {
      metrics: [metric],
      // Readings beyond another limit do not count in a row.
      stateKey:
        needed === 1 && lasting === 0
          ? `threshold ${metric}`
          : `threshold ${metric} ${limit.worseSign} ${limit.value}`,
      initialState: () => ({
        ts: Number.MIN_SAFE_INTEGER,
        value: limit.value,
        ...noRow,
        series: emptyBucketedSeries,
      }),
      onSample(memory, { ts, values }: Sample): Evaluation<ThresholdState> {
        const value = values[metric]
        if (value === undefined) return { state: memory, assessment: { is: 'unknown' } }
        const series = addToBucketedSeries(memory.series, [ts, value], size)
        const isNewest = ts > memory.ts
        const row = extendRow(isNewest ? memory : noRow, [ts, value])
        const assessment = { is: assess(value, row) }
        return { state: isNewest ? { ts, value, ...row, series } : { ...memory, series }, assessment }
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

    function extendRow(
      { consecutiveBeyond, beyondSince, beyondAt }: BeyondRow,
      [ts, value]: readonly [number, number],
    ): BeyondRow {
      if (limit.margin(value) < 0)
        return {
          consecutiveBeyond: Math.min(consecutiveBeyond + 1, needed),
          beyondSince: beyondSince ?? ts,
          beyondAt: ts,
        }
      const isTolerated =
        beyondSince !== undefined &&
        beyondAt !== undefined &&
        !isGood(value) &&
        ts - beyondAt <= toleratedShare * lasting
      return isTolerated ? { consecutiveBeyond, beyondSince, beyondAt } : noRow
    }

    function assess(
      value: number,
      { consecutiveBeyond, beyondSince, beyondAt }: BeyondRow,
    ): 'bad' | 'between' | 'good' {
      if (limit.margin(value) >= 0) return isGood(value) ? 'good' : 'between'
      const isLong = (beyondAt ?? 0) - (beyondSince ?? 0) >= lasting
      return consecutiveBeyond >= needed && isLong ? 'bad' : 'between'
    }
  },
}
