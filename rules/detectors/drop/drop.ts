import { forecastRul } from '../../prognosis/rul-forecast.ts'
import { median, type Point } from '../bucketed-series.ts'
import type { Detector, Evaluation, Evaluator, Sample } from '../detector.ts'
import {
  assessForecastState,
  type ForecastOptions,
  type ForecastState,
  forecastEvidence,
  forecastIndicatesFailure,
  initialForecastState,
  updateForecastState,
} from '../forecast-state.ts'
import { createLimit } from '../limit.ts'
import { type LoadBinning, loadBinOf } from '../load-binning.ts'
import { higherConfidence, scaledBy } from '../stricter-values.ts'
import { config, type DropConfig, validateConfig } from './config.ts'

/** Baselines at each load, from a device's own first readings. Keys are loads, rounded down to a bin. */
type LoadBaselines = Readonly<Record<string, BinBaseline>>

interface BinBaseline {
  /** Median of the first samples. */
  value: number
  /** First samples, until they are enough. */
  samples?: readonly Point[]
  /** Event time of the newest of them, once they are enough. */
  learnedUntil?: number
}

const learningSamples = 15

/** Add a sample at a load; after its first 15 samples a bin does not change. */
function learnBinBaseline(baseline: LoadBaselines, bin: string, sample: Point): LoadBaselines {
  const known = baseline[bin]
  if (known !== undefined && isLearned(known)) return baseline
  const before = known?.samples ?? []
  if (before.some(([ts]) => ts === sample[0])) return baseline
  const samples = [...before, sample]
  const value = median(samples.map((each) => each[1]))
  if (samples.length < learningSamples) return { ...baseline, [bin]: { value, samples } }
  return { ...baseline, [bin]: { value, learnedUntil: Math.max(...samples.map(([ts]) => ts)) } }
}

function isLearned({ samples }: BinBaseline): boolean {
  return samples === undefined
}

/** Return whether a sample is from the time of the baseline: repeated or late, it adds nothing. */
function isLearningSample(known: BinBaseline | undefined, ts: number): boolean {
  return known?.learnedUntil !== undefined && ts <= known.learnedUntil
}

interface DropState {
  baselines: LoadBaselines
  /** Series of the metric, in percent of its baseline. */
  forecast: ForecastState
  /** Baseline of the newest sample that had one. */
  reference?: number
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
  createEvaluator(config, { kind, clear }): Evaluator<DropState> {
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
      ...(config.at === undefined || config.at.optional ? {} : { inputs: [[metric], [config.at.metric]] }),
      stateKey: `drop ${metric} ${JSON.stringify([binsOf(config), config.new, config.window])}`,
      initialState: () => ({ baselines: {}, forecast: initialForecastState }),
      onSample(memory, { ts, values, confirmedSteps }: Sample, { part }): Evaluation<DropState> {
        const bin = loadBinOf(config.at, values)
        const value = values[metric]
        if (bin === undefined || value === undefined) return evaluationOf(memory)
        const baseline = learnBinBaseline(memory.baselines, bin, [ts, value])
        const usual = referenceAt(config, baseline, bin)
        if (usual === undefined || isLearningSample(memory.baselines[bin], ts)) {
          return evaluationOf({ ...memory, baselines: baseline })
        }
        const sample = {
          point: [ts, (100 * value) / usual] as const,
          confirmedStepAt: confirmedSteps?.[metric],
        }
        const forecast = updateForecastState(memory.forecast, sample, {
          ...options,
          fleetContext: { part, fleetLifetimes: noLifetimes },
        })
        const isNewest = forecast.limitCrossing?.readings.at(-1)?.[0] === ts
        const reference = isNewest ? usual : (memory.reference ?? usual)
        return evaluationOf({ baselines: baseline, forecast, reference })
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

    function evaluationOf(state: DropState): Evaluation<DropState> {
      return { state, assessment: assessForecastState(state.forecast, options.limit) }
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
