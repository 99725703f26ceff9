import { median } from '../bucketed-series.ts'
import { commonFactor, type SiblingOptions } from './siblings.ts'

/** Time, value, and the values of the siblings at that time, where the rule compares with them. */
export type BaselineSample = readonly [ts: number, value: number, ...siblings: number[]]

/** Baseline at one load. */
export type Baseline =
  | {
      is: 'learning'
      /** Samples, oldest first. */
      samples: readonly BaselineSample[]
      /** Samples up to here were dropped, because the metric had not settled. */
      after?: number
      /** Number of times that samples were dropped. */
      restarts: number
    }
  | {
      is: 'known'
      level: number
      scale: number
      /** Levels of the siblings, in the order of the rule. */
      siblings?: readonly number[]
    }

export type KnownBaseline = Extract<Baseline, { is: 'known' }>

export interface LearningOptions extends SiblingOptions {
  /** Number of samples for a baseline. */
  samples: number
  /** Least standard deviation, as a share of the level. It is also at least `minScale`. */
  minScaleShare: number
}

export const unlearnedBaseline: Baseline = { is: 'learning', samples: [], restarts: 0 }

/** A part that wears from its first day on never settles, and must be monitored all the same. */
const maxRestarts = 4

/** Median absolute deviation of a normal distribution, in standard deviations. */
const sdPerMad = 1.4826

/**
 * Add a sample, in any order; a repeated one changes nothing.
 *
 * The baseline is median and median absolute deviation of the first samples, once their older and their newer half
 * agree in all quartiles within a standard deviation: a part that runs in has not settled yet, and a machine that was
 * moved in between has two levels. Where they do not agree, the older half is dropped. With siblings all of it is of the
 * value divided by the factor that it shares with them.
 */
export function learnBaseline(
  baseline: Baseline,
  sample: BaselineSample,
  learning: LearningOptions,
): Baseline {
  if (baseline.is === 'known') return baseline
  const [ts] = sample
  const { after = Number.NEGATIVE_INFINITY, restarts } = baseline
  if (ts <= after || baseline.samples.some((other) => other[0] === ts)) return baseline
  const samples = [...baseline.samples, sample].sort((a, b) => a[0] - b[0])
  if (samples.length < learning.samples) return { ...baseline, samples }
  const middle = samples.length >> 1
  const siblings = siblingLevels(samples)
  // Where all siblings are at rest there is nothing to divide by.
  const values = samples.map(
    ([, value, ...others]) => value / (commonFactor(others, siblings, learning) ?? 1),
  )
  if (restarts === maxRestarts || isSettled(values.slice(0, middle), values.slice(middle), learning)) {
    return {
      is: 'known',
      ...robustLevelAndScale(values, learning),
      ...(siblings.length > 0 && { siblings }),
    }
  }
  const givenUp = samples[middle - 1]
  return {
    is: 'learning',
    samples: samples.slice(middle),
    restarts: restarts + 1,
    ...(givenUp && { after: givenUp[0] }),
  }
}

function siblingLevels(samples: readonly BaselineSample[]): number[] {
  const [, , ...siblings] = samples[0] ?? []
  return siblings.map((_, index) => median(samples.map(([, , ...values]) => values[index] ?? 0)))
}

function isSettled(older: readonly number[], newer: readonly number[], learning: LearningOptions): boolean {
  const scale =
    Math.hypot(robustLevelAndScale(older, learning).scale, robustLevelAndScale(newer, learning).scale) /
    Math.SQRT2
  const [before, after] = [quartiles(older), quartiles(newer)]
  return before.every((quartile, index) => Math.abs(quartile - (after[index] ?? quartile)) <= scale)
}

function robustLevelAndScale(values: readonly number[], { minScaleShare, minScale }: LearningOptions) {
  const level = median(values)
  const deviation = sdPerMad * median(values.map((value) => Math.abs(value - level)))
  return { level, scale: Math.max(deviation, minScaleShare * Math.abs(level), minScale) }
}

function quartiles(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort()
  return [0.25, 0.5, 0.75].map((share) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN)
}
