import { forecastRul } from '../../prognosis/rul-forecast.ts'
import { type FlatPoints, medianOfColumn } from '../bucketed-series.ts'
import type { Assessment, Detector, Evaluator, Sample } from '../detector.ts'
import {
  assessForecastState,
  createForecastState,
  type ForecastOptions,
  type ForecastState,
  forecastEvidence,
  forecastIndicatesFailure,
  updateForecastState,
} from '../forecast-state.ts'
import { createLimit } from '../limit.ts'
import { type LoadBinning, loadBinOf, loadMetricsOf } from '../load-binning.ts'
import { higherConfidence, scaledBy } from '../stricter-values.ts'
import { config, type DropConfig, validateConfig } from './config.ts'

/** Baselines at each load, from a device's own first readings. Keys are loads, rounded down to a bin. */
type LoadBaselines = Record<string, BinBaseline>

interface BinBaseline {
  /** Median of the first samples. */
  value: number
  /** First samples, in order of arrival, until they are enough. */
  samples: FlatPoints | undefined
  /** Event time of the newest of them, once they are enough. */
  learnedUntil: number | undefined
}

const learningSamples = 15

/** Add a sample at a load; after its first 15 samples a bin does not change. */
function learnBinBaseline(baselines: LoadBaselines, bin: string, ts: number, value: number): void {
  const known = baselines[bin]
  if (known === undefined) {
    baselines[bin] = { value, samples: [ts, value], learnedUntil: undefined }
    return
  }
  const { samples } = known
  if (samples === undefined || hasTime(samples, ts)) return
  samples.push(ts, value)
  known.value = medianOfColumn(samples, 1)
  if (samples.length < 2 * learningSamples) return
  known.samples = undefined
  known.learnedUntil = Math.max(...samples.filter((_, index) => index % 2 === 0))
}

function hasTime(points: FlatPoints, ts: number): boolean {
  for (let index = 0; index < points.length; index += 2) if (points[index] === ts) return true
  return false
}

function isLearned({ samples }: BinBaseline): boolean {
  return samples === undefined
}

interface DropMemory {
  baselines: LoadBaselines
  /** Series of the metric, in percent of its baseline. */
  forecast: ForecastState
  /** Baseline of the newest sample that had one. */
  reference: number | undefined
}

/** Metric that falls, or will soon, below the baseline of the same device at the same load. */
export const drop: Detector<DropConfig> = {
  name: 'drop',
  config,
  validate: validateConfig,
  stricter: {
    percent: scaledBy(1.1, 1.25, 1.5),
    confidence: higherConfidence,
    within: scaledBy(2 / 3, 1 / 2),
  },
  indicatesFailure: forecastIndicatesFailure,
  createEvaluator(config, { kind, clear }): Evaluator<DropMemory> {
    const { metric, percent } = config
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const options: ForecastOptions = {
      limit: createLimit({ below: 100 - percent }),
      clearValue: clear === undefined ? undefined : 100 - clear,
      expectedIntervalMs: kind.expectedIntervalMs,
      horizonMs: config.within ?? 0,
      windowMs: config.window,
      confidence: config.confidence,
      predictor: forecastRul,
    }
    return {
      metrics: [metric],
      reads: loadMetricsOf(config.at),
      ...(config.at === undefined || config.at.optional ? {} : { inputs: [[metric], [config.at.metric]] }),
      stateKey: `drop ${metric} ${JSON.stringify([binsOf(config), config.new, config.window])}`,
      createMemory: () => ({ baselines: {}, forecast: createForecastState(), reference: undefined }),
      onSample(memory, { ts, values, confirmedSteps }: Sample, context): Assessment {
        const { baselines, forecast } = memory
        const bin = loadBinOf(config.at, values)
        const value = values[metric]
        if (bin !== undefined && value !== undefined) {
          // Of the time of the baseline, repeated or late: it adds nothing.
          const isLearningSample = ts <= (baselines[bin]?.learnedUntil ?? Number.NEGATIVE_INFINITY)
          learnBinBaseline(baselines, bin, ts, value)
          const usual = referenceAt(config, baselines, bin)
          if (usual !== undefined && !isLearningSample) {
            const sample = { ts, value: (100 * value) / usual, confirmedStepAt: confirmedSteps?.[metric] }
            updateForecastState(forecast, sample, options, () => ({
              part: context.part,
              fleetLifetimes: noLifetimes,
            }))
            const isNewest = forecast.limitCrossing.readings.at(-2) === ts
            if (isNewest || memory.reference === undefined) memory.reference = usual
          }
        }
        return assessForecastState(forecast, options.limit)
      },
      evidence: ({ forecast, reference = 0 }) => ({
        detector: 'drop',
        metric,
        unit,
        baseline: reference,
        limit: (reference * options.limit.value) / 100,
        ...forecastEvidence(forecast, reference / 100),
      }),
    }
  },
}

/** Without `optional`, which adds a bin and leaves the others. */
function binsOf({ at }: DropConfig): Pick<LoadBinning, 'metric' | 'bin'> | undefined {
  return at && { metric: at.metric, bin: at.bin }
}

/** Percentages of a device's own baseline are not comparable between devices, so there is no contribution. */
const noLifetimes: readonly [] = []

/**
 * Return the learnt baseline, or the value of a new part where that is higher: the first readings may be of a worn one.
 * Undefined while neither is known, and where it is not above 0.
 */
function referenceAt(config: DropConfig, baseline: LoadBaselines, bin: string): number | undefined {
  const own = baseline[bin]
  const asNew = typeof config.new === 'number' ? config.new : config.new?.[bin]
  if (own === undefined) return asNew
  if (asNew !== undefined) return Math.max(own.value, asNew)
  return isLearned(own) && own.value > 0 ? own.value : undefined
}
