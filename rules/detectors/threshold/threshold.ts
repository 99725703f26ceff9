import { z } from 'zod'
import { durationSchema } from '../../files/duration.ts'
import {
  addToBucketedSeries,
  type BucketedSeries,
  type BucketedSeriesSize,
  bucketedPoints,
  createBucketedSeries,
} from '../bucketed-series.ts'
import type { Assessment, Detector, Evaluator, Sample } from '../detector.ts'
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

/** Consecutive readings beyond the limit, up to the newest. */
interface BeyondRow {
  count: number
  /** Event times of the first and the last of them, ms; only where there are any. */
  since: number
  until: number
}

interface ThresholdMemory {
  /** Newest value and its time. */
  ts: number
  value: number
  row: BeyondRow
  series: BucketedSeries
}

const noneBeyond: BeyondRow = { count: 0, since: 0, until: 0 }
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
  createEvaluator(config, { kind, clear }): Evaluator<ThresholdMemory> {
    const { metric, in_a_row: needed, lasting = ((needed - 1) * kind.expectedIntervalMs) / 2 } = config
    const limit = createLimit(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const size: BucketedSeriesSize = { bucketMs: kind.expectedIntervalMs, maxPoints }
    const isGood = (value: number): boolean => limit.margin(value) >= limit.margin(clear ?? limit.value)
    return {
      metrics: [metric],
      reads: [],
      // Readings beyond another limit do not count in a row.
      stateKey:
        needed === 1 && lasting === 0
          ? `threshold ${metric}`
          : `threshold ${metric} ${limit.worseSign} ${limit.value}`,
      createMemory: () => ({
        ts: Number.MIN_SAFE_INTEGER,
        value: limit.value,
        row: { ...noneBeyond },
        series: createBucketedSeries(),
      }),
      onSample(memory, { ts, values }: Sample): Assessment {
        const value = values[metric]
        if (value === undefined) return { is: 'unknown' }
        addToBucketedSeries(memory.series, ts, value, size)
        const isNewest = ts > memory.ts
        const row = isNewest ? memory.row : { ...noneBeyond }
        extendRow(row, ts, value)
        if (isNewest) {
          memory.ts = ts
          memory.value = value
        }
        return { is: assess(value, row) }
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

    function extendRow(row: BeyondRow, ts: number, value: number): void {
      if (limit.margin(value) < 0) {
        if (row.count === 0) row.since = ts
        row.count = Math.min(row.count + 1, needed)
        row.until = ts
        return
      }
      const isTolerated = row.count > 0 && !isGood(value) && ts - row.until <= toleratedShare * lasting
      if (row.count === 0 || isTolerated) return
      row.count = noneBeyond.count
      row.since = noneBeyond.since
      row.until = noneBeyond.until
    }

    function assess(value: number, { count, since, until }: BeyondRow): 'bad' | 'between' | 'good' {
      if (limit.margin(value) >= 0) return isGood(value) ? 'good' : 'between'
      return count >= needed && until - since >= lasting ? 'bad' : 'between'
    }
  },
}
