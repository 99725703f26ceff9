import { z } from 'zod'
import type { Evidence } from '../../../contract/finding.ts'
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
import {
  createLimit,
  hasOneLimit,
  limitKeys,
  oneLimitMessage,
  validateLimit,
  validateMetric,
} from '../limit.ts'
import { higherConfidence, scaledBy, shiftedDown, shiftedUp } from '../stricter-values.ts'
import { addUse, createUseRateState, remainingUseOf, type UseRateState } from './remaining-use.ts'

const config = z
  .strictObject({
    ...limitKeys,
    within: durationSchema.describe('How far ahead a crossing of the limit counts.'),
    learn_from: z
      .enum(['own', 'fleet', 'both'])
      .default('both')
      .describe('Where the date comes from: the own path, the same part in other devices, or both.'),
    ...forecastConfigKeys,
    use: z
      .string()
      .optional()
      .describe('Counter of the kind, such as hours or cycles: the remaining life is given in it, too.'),
  })
  .refine(hasOneLimit, oneLimitMessage)

type Config = z.infer<typeof config>

interface State extends ForecastState {
  use?: UseRateState
}

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
  validate: (config, context) => [
    ...validateLimit(config, context),
    ...(config.use === undefined ? [] : validateMetric([...context.path, 'use'], config.use, context.kind)),
  ],
  stricter: {
    below: shiftedDown,
    above: shiftedUp,
    confidence: higherConfidence,
    within: scaledBy(2 / 3, 1 / 2),
  },
  indicatesFailure: forecastIndicatesFailure,
  createEvaluator(config, { kind, component, clear }): Evaluator<State> {
    const { metric, within: withinMs, window: windowMs, confidence, use } = config
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
      reads: use === undefined ? [] : [use],
      stateKey: `forecast ${metric} ${windowMs}${use === undefined ? '' : ` ${use}`}`,
      conclusionAgeMs: conclusionAgeMs(windowMs),
      createMemory: () => ({
        ...createForecastState(),
        ...(use === undefined ? {} : { use: createUseRateState() }),
      }),
      onSample(memory, { ts, values, confirmedSteps }: Sample, context): Assessment {
        const value = values[metric]
        const counted = use === undefined ? undefined : values[use]
        if (memory.use !== undefined && counted !== undefined) addUse(memory.use, ts, counted, windowMs)
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
        ...useOf(memory),
      }),
    }

    function useOf({ use: state, crossing }: State): Pick<Evidence, 'remainingUse'> {
      if (use === undefined || state === undefined || crossing === undefined) return {}
      const counter = { metric: use, unit: kind.metrics.get(use)?.unit ?? '', windowMs }
      const remainingUse = remainingUseOf(state, crossing, counter)
      return remainingUse === undefined ? {} : { remainingUse }
    }
  },
}

/** One shared array, since the model is fitted once per array. */
const noLifetimes: readonly [] = []
