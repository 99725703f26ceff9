import { z } from 'zod'
import type { ConfigProblem } from '../../files/problem.ts'
import type { Detector, Judged, Sample, Verdict, Watch, WatchContext } from '../detector.ts'
import { addToHistory, emptyHistory, type History, median, type Point, pointsOf } from '../history.ts'
import { checkMetric } from '../limit.ts'
import { binOf, checkLoad, loadSchema } from '../load.ts'
import { type Baseline, type Known, learn, nothingLearnt } from './baseline.ts'

/** Cumulative sums of what exceeds the usual, in standard deviations: one for each way. */
export interface Sums {
  rise: number
  fall: number
}

export interface CusumOptions {
  /** The change that is looked for, in standard deviations. */
  shift: number
  /** From which sum on it counts as a change. */
  limit: number
}

export const noSums: Sums = { rise: 0, fall: 0 }

/** No single value may say more than this share of what is needed. */
const mostOfOne = 1 / 3

/** After a change it must be possible to come back. */
const mostOverLimit = 2

/**
 * One step of the two-sided CUSUM (Page, Continuous inspection schemes, Biometrika 1954; as a test for a change of
 * the mean, Hinkley 1971). A value adds what it exceeds half of the shift by, at most a third of the limit: so one
 * outlier, or two, prove nothing (winsorised as in Lucas and Crosier, Robust CUSUM, 1982).
 * @param deviation of the value from the usual, in standard deviations
 */
export function addToSums({ rise, fall }: Sums, deviation: number, { shift, limit }: CusumOptions): Sums {
  const next = (sum: number, excess: number) =>
    Math.min(mostOverLimit * limit, Math.max(0, sum + Math.min(excess, mostOfOne * limit)))
  return { rise: next(rise, deviation - shift / 2), fall: next(fall, -deviation - shift / 2) }
}

const config = z.strictObject({
  metric: z.string(),
  /** Which way counts; the way in which the metric gets worse, where the kind names one, else both. */
  direction: z.enum(['higher', 'lower', 'both']).optional(),
  /** Readings are compared only with others at the same load. */
  at: loadSchema.optional(),
  /** How many readings make the baseline, of each load. */
  learn: z.int().min(10).max(300).default(30),
  /** The change that is looked for, in standard deviations of the baseline… */
  shift: z.number().min(0.5).max(10).default(3),
  /** …and in percent of the baseline: less matters to nobody, however steady the metric is. */
  least: z.number().min(0).max(100).default(10),
  /** How much evidence is enough, in standard deviations. */
  limit: z.number().min(3).max(100).default(8),
})

export type DriftConfig = z.infer<typeof config>

/** What the schema cannot see. */
function check({ metric, at }: DriftConfig, { kind, path, clear }: WatchContext): ConfigProblem[] {
  const problems = checkMetric([...path, 'metric'], metric, kind)
  if (at !== undefined) problems.push(...checkLoad(at, { kind, path }))
  if (clear !== undefined) {
    const hint = 'it ends when the metric is back at its baseline'
    problems.push({ path: ['clear'], message: 'drift has no clear:', hint })
  }
  return problems
}

interface Memory {
  /** By the load, rounded down to a bin. */
  baselines: Readonly<Record<string, Baseline>>
  sums: Sums
  /** Time of the newest sample. */
  ts?: number
  /** The baseline that the newest sample was compared with. */
  usual?: Known
  /** Of the samples compared, in standard deviations from their baselines. */
  deviations: History
}

const pointsKept = 30
const samplesOfLevel = 5

/** A share of the metric's range that no sensor resolves. */
const leastOfRange = 1e-4

/** A metric that is no longer what is usual for this very device at the same load. */
export const drift: Detector<DriftConfig> = {
  name: 'drift',
  config,
  check,
  watch(config, { kind }): Watch<Memory> {
    const { metric, at, shift, least } = config
    const { unit = '', range = [0, 0], worse = 'both' } = kind.metrics.get(metric) ?? {}
    const { direction = worse } = config
    const learning = {
      samples: config.learn,
      leastShare: least / 100 / shift,
      least: leastOfRange * (range[1] - range[0]),
    }
    const size = { spanMs: kind.expectedIntervalMs, points: pointsKept }
    return {
      metrics: [metric],
      remembers: `drift ${metric} ${JSON.stringify([at, config.learn, shift, least])}`,
      start: () => ({ baselines: {}, sums: noSums, deviations: emptyHistory }),
      read(before, { ts, values }: Sample): Judged<Memory> {
        const bin = binOf(at, values)
        const value = values[metric]
        if (bin === undefined || value === undefined) return judged(before)
        const usual = before.baselines[bin] ?? nothingLearnt
        return judged(
          usual.is === 'known' ? compare(before, usual, [ts, value]) : learnAt(before, bin, [ts, value]),
        )
      },
      evidence({ sums, usual, deviations }) {
        if (usual === undefined) return { detector: 'drift', metric, unit, points: [] }
        const { level, scale } = usual
        const way = sums.rise >= sums.fall ? 1 : -1
        const points = pointsOf(deviations)
        const newest = points.slice(-samplesOfLevel).map(([, deviation]) => deviation)
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

    function learnAt(before: Memory, bin: string, sample: Point): Memory {
      const known = before.baselines[bin] ?? nothingLearnt
      const baseline = learn(known, sample, learning)
      if (baseline === known) return before
      const ts = Math.max(sample[0], before.ts ?? sample[0])
      return { ...before, ts, baselines: { ...before.baselines, [bin]: baseline } }
    }

    function compare(before: Memory, usual: Known, [ts, value]: Point): Memory {
      if (before.ts !== undefined && ts <= before.ts) return before
      const deviation = (value - usual.level) / usual.scale
      const sums = addToSums(before.sums, deviation, config)
      return {
        ...before,
        ts,
        usual,
        sums,
        deviations: addToHistory(before.deviations, [ts, deviation], size),
      }
    }

    function judged(memory: Memory): Judged<Memory> {
      return { memory, verdict: verdictOf(memory) }
    }

    function verdictOf({ sums, usual }: Memory): Verdict {
      if (usual === undefined) return { is: 'unknown' }
      const rise = direction === 'lower' ? 0 : sums.rise
      const fall = direction === 'higher' ? 0 : sums.fall
      const sum = Math.max(rise, fall)
      if (sum > config.limit) return { is: 'bad' }
      return { is: sum === 0 ? 'good' : 'between' }
    }
  },
}
