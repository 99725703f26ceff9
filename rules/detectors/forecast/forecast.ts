import { z } from 'zod'
import { lifetimeKey } from '../../../contract/fleet-model.ts'
import { durationSchema } from '../../files/duration.ts'
import { forecastRul, forecastRulFromFleet, forecastRulFromOwnPath } from '../../prognosis/rul-forecast.ts'
import type { Assessment, Detector, Evaluator, Sample } from '../detector.ts'
import {
  assessForecastState,
  conclusionAgeMs,
  createForecastState,
  type ForecastOptions,
  type ForecastState,
  forecastConfigKeys,
  forecastEvidence,
  forecastIndicatesFailure,
  updateForecastState,
} from '../forecast-state.ts'
import { lifetimeExtent, lifetimePoints } from '../lifetime-series.ts'
import { createLimit, hasOneLimit, limitKeys, oneLimitMessage, validateLimit } from '../limit.ts'
import { higherConfidence, scaledBy, shiftedDown, shiftedUp } from '../stricter-values.ts'

const config = z
  .strictObject({
    ...limitKeys,
    within: durationSchema.describe('How far ahead a crossing of the limit counts.'),
    learn_from: z
      .enum(['own', 'fleet', 'both'])
      .default('both')
      .describe('Where the date comes from: the own path, the same part in other devices, or both.'),
    ...forecastConfigKeys,
  })
  .refine(hasOneLimit, oneLimitMessage)

type Config = z.infer<typeof config>

/** Predictor of the date, by what it learns from. */
const predictors: Readonly<Record<Config['learn_from'], ForecastOptions['predictor']>> = {
  own: forecastRulFromOwnPath,
  fleet: forecastRulFromFleet,
  both: forecastRul,
}

/** Metric that will cross its limit soon, or has. */
export const forecast: Detector<Config> = {
  name: 'forecast',
  config,
  validate: (config, context) => validateLimit(config, context),
  stricter: {
    below: shiftedDown,
    above: shiftedUp,
    confidence: higherConfidence,
    within: scaledBy(2 / 3, 1 / 2),
  },
  indicatesFailure: forecastIndicatesFailure,
  createEvaluator(config, { kind, component, clear }): Evaluator<ForecastState> {
    const { metric, within: withinMs, window: windowMs, confidence } = config
    const limit = createLimit(config)
    const unit = kind.metrics.get(metric)?.unit ?? ''
    const subject = lifetimeKey(kind.name, component, metric)
    const options: ForecastOptions = {
      limit,
      clearValue: clear,
      expectedIntervalMs: kind.expectedIntervalMs,
      horizonMs: withinMs,
      windowMs,
      confidence,
      predictor: predictors[config.learn_from],
    }
    return {
      metrics: [metric],
      reads: [],
      stateKey: `forecast ${metric} ${windowMs}`,
      conclusionAgeMs: conclusionAgeMs(windowMs),
      createMemory: createForecastState,
      onSample(memory, { ts, values, confirmedSteps }: Sample, context): Assessment {
        const value = values[metric]
        if (value !== undefined) {
          const confirmedStepAt = confirmedSteps?.[metric]
          updateForecastState(memory, { ts, value, confirmedStepAt }, options, () => ({
            part: context.part,
            fleetLifetimes: context.fleetModel.lifetimes[subject] ?? noLifetimes,
          }))
        }
        return assessForecastState(memory, limit)
      },
      lifetimeExtent: ({ series }) => lifetimeExtent(series, metric),
      lifetimeSeries: ({ series }) => ({ metric, points: lifetimePoints(series) }),
      evidence: (memory) => ({
        detector: 'forecast',
        metric,
        unit,
        limit: limit.value,
        ...forecastEvidence(memory),
      }),
    }
  },
}

/** One shared array, since the model is fitted once per array. */
const noLifetimes: readonly [] = []
