import { z } from 'zod'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import {
  addToBucketedSeries,
  type BucketedSeries,
  type BucketedSeriesSize,
  bucketedPoints,
  createBucketedSeries,
  median,
} from '../bucketed-series.ts'
import type { Assessment, ConfigContext, Detector, Evaluator, Sample } from '../detector.ts'
import { validateMetric } from '../limit.ts'
import { loadBinningSchema, loadBinOf, loadMetricsOf, validateLoadBinning } from '../load-binning.ts'
import { scaledBy } from '../stricter-values.ts'
import {
  type Baseline,
  type BaselineSample,
  type KnownBaseline,
  type LearningOptions,
  learnBaseline,
  unlearnedBaseline,
} from './baseline.ts'
import { commonFactor, validateSiblings } from './siblings.ts'

/** Cumulative sums of the excess over the baseline, in standard deviations: one for each direction. */
export interface CusumSums {
  rise: number
  fall: number
}

export interface CusumOptions {
  /** Change to detect, in standard deviations. */
  shift: number
  /** Sum from which on it counts as a change. */
  limit: number
}

export const initialCusumSums: CusumSums = { rise: 0, fall: 0 }

/** Greatest contribution of a single value, as a share of the limit. */
const maxShareOfOneValue = 1 / 3

/** Upper bound of a sum, as a multiple of the limit, so that it can return after a change. */
const maxSumInLimits = 2

/**
 * Compute one step of the two-sided CUSUM (Page, Continuous inspection schemes, Biometrika 1954; as a test for a
 * change of the mean, Hinkley 1971). A value adds its excess over half of the shift, at most a third of the limit: one
 * or two outliers do not suffice (winsorised as in Lucas and Crosier, Robust CUSUM, 1982).
 * @param deviation of the value from the baseline, in standard deviations
 */
export function updateCusum(
  { rise, fall }: CusumSums,
  deviation: number,
  { shift, limit }: CusumOptions,
): CusumSums {
  const next = (sum: number, excess: number) =>
    Math.min(maxSumInLimits * limit, Math.max(0, sum + Math.min(excess, maxShareOfOneValue * limit)))
  return { rise: next(rise, deviation - shift / 2), fall: next(fall, -deviation - shift / 2) }
}

const config = z.strictObject({
  metric: z.string().describe('Metric of the kind, measured or derived.'),
  direction: z
    .enum(['higher', 'lower', 'both'])
    .optional()
    .describe('Direction that counts. Without it: the `worse` of the kind, else both.'),
  at: loadBinningSchema.optional(),
  siblings: z
    .array(z.string())
    .min(2)
    .max(11)
    .optional()
    .describe(
      'Metrics of the same quantity at other parts of the device, such as the other bearings of a shaft: what most of them share is divided out.',
    ),
  learn: z
    .int()
    .min(10)
    .max(300)
    .default(30)
    .describe('Number of readings that make the baseline of one load.'),
  shift: z
    .number()
    .min(0.5)
    .max(10)
    .default(3)
    .describe('Change to detect, in standard deviations of the baseline.'),
  least: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe('Smallest change that matters, in percent of the baseline, however steady the metric is.'),
  least_change: z
    .number()
    .gt(0)
    .optional()
    .describe('The same in the unit of the metric; the larger of both counts.'),
  limit: z
    .number()
    .min(3)
    .max(100)
    .default(8)
    .describe('Decision limit of the CUSUM, in standard deviations: higher is slower and surer.'),
})

export type DriftConfig = z.infer<typeof config>

/** Return problems that the schema cannot find. */
function validateConfig(
  { metric, at, siblings, learn }: DriftConfig,
  { kind, path, clear }: ConfigContext,
): ConfigProblem[] {
  const problems = validateMetric([...path, 'metric'], metric, kind)
  if (siblings !== undefined) problems.push(...validateSiblings({ metric, siblings, learn }, { kind, path }))
  if (at !== undefined) problems.push(...validateLoadBinning(at, { kind, path }))
  if (clear !== undefined) {
    const hint = 'it ends when the metric is back at its baseline'
    problems.push({ path: ['clear'], message: 'drift has no clear:', hint })
  }
  return problems
}

interface DriftMemory {
  /** Baselines by load, rounded down to a bin. */
  baselines: Record<string, Baseline>
  sums: CusumSums
  /** Time of the newest sample. */
  ts: number | undefined
  /** The baseline that the newest sample was compared with. */
  baseline: KnownBaseline | undefined
  /** Sums of the compared samples, in standard deviations from their baselines. */
  deviations: BucketedSeries
}

interface ComparedSample {
  ts: number
  value: number
  /** Values of the siblings; undefined where the reading has none. */
  others: readonly (number | undefined)[]
}

const maxPoints = 30
const levelSamples = 5

/** Share of the metric's range that no sensor resolves. */
const minScaleShareOfRange = 1e-4

/** Metric that has left the baseline of the same device at the same load. */
export const drift: Detector<DriftConfig> = {
  name: 'drift',
  config,
  validate: validateConfig,
  stricter: {
    least: scaledBy(1.25, 1.5, 2),
    least_change: scaledBy(1.25, 1.5, 2),
    shift: scaledBy(1.25, 1.5),
    limit: scaledBy(1.25, 1.5, 2),
  },
  indicatesFailure: () => false,
  createEvaluator(config, { kind }): Evaluator<DriftMemory> {
    const { metric, at, shift, least, least_change: leastChange = 0, siblings = [] } = config
    const { unit = '', range = [0, 0], worse = 'both' } = kind.metrics.get(metric) ?? {}
    const { direction = worse } = config
    const learning: LearningOptions = {
      samples: config.learn,
      minScaleShare: least / 100 / shift,
      minScale: Math.max(minScaleShareOfRange * (range[1] - range[0]), leastChange / shift),
      isRiseBad: direction === 'higher',
    }
    const size: BucketedSeriesSize = { bucketMs: kind.expectedIntervalMs, maxPoints }
    return {
      metrics: [metric],
      reads: [...loadMetricsOf(config.at), ...siblings],
      ...(siblings.length > 0 && { inputs: [metric, ...siblings].map((input) => [input]) }),
      stateKey: `drift ${metric} ${JSON.stringify([at, config.learn, shift, least])}${leastChange > 0 ? ` by ${leastChange}` : ''}${siblings.map((one) => ` / ${one}`).join('')}`,
      createMemory: () => ({
        baselines: {},
        sums: initialCusumSums,
        ts: undefined,
        baseline: undefined,
        deviations: createBucketedSeries(),
      }),
      onSample(memory, { ts, values }: Sample): Assessment {
        const bin = loadBinOf(at, values)
        const value = values[metric]
        if (bin !== undefined && value !== undefined) {
          const usual = memory.baselines[bin] ?? unlearnedBaseline
          const others = siblings.map((sibling) => values[sibling])
          if (usual.is === 'known') compare(memory, usual, { ts, value, others })
          else if (isComplete(others)) learnAt(memory, bin, [ts, value, ...others])
        }
        return assess(memory)
      },
      evidence({ sums, baseline: usual, deviations }) {
        if (usual === undefined) return { detector: 'drift', metric, unit, points: [] }
        const { level, scale } = usual
        const way = sums.rise >= sums.fall ? 1 : -1
        const points = bucketedPoints(deviations)
        const newest = points.slice(-levelSamples).map(([, deviation]) => deviation)
        return {
          detector: 'drift',
          metric,
          unit,
          value: level + scale * median(newest),
          baseline: level,
          limit: level + (way * scale * shift) / 2,
          points: points.map(([ts, deviation]) => [ts, level + scale * deviation]),
        }
      },
    }

    function learnAt(memory: DriftMemory, bin: string, sample: BaselineSample): void {
      const known = memory.baselines[bin] ?? unlearnedBaseline
      const baseline = learnBaseline(known, sample, learning)
      if (baseline === known) return
      memory.ts = Math.max(sample[0], memory.ts ?? sample[0])
      memory.baselines[bin] = baseline
    }

    function compare(memory: DriftMemory, usual: KnownBaseline, { ts, value, others }: ComparedSample): void {
      if (memory.ts !== undefined && ts <= memory.ts) return
      const factor = commonFactor(others, usual.siblings ?? [], learning)
      if (factor === undefined) return
      const deviation = (value / factor - usual.level) / usual.scale
      memory.ts = ts
      memory.baseline = usual
      memory.sums = updateCusum(memory.sums, deviation, config)
      addToBucketedSeries(memory.deviations, ts, deviation, size)
    }

    function assess({ sums, baseline: usual }: DriftMemory): Assessment {
      if (usual === undefined) return { is: 'unknown' }
      const rise = direction === 'lower' ? 0 : sums.rise
      const fall = direction === 'higher' ? 0 : sums.fall
      const sum = Math.max(rise, fall)
      if (sum > config.limit) return { is: 'bad' }
      return { is: sum === 0 ? 'good' : 'between' }
    }
  },
}

function isComplete(values: readonly (number | undefined)[]): values is number[] {
  return !values.includes(undefined)
}
