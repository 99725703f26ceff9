import { z } from 'zod'
import { hazardKey } from '../../../contract/fleet-model.ts'
import type { HazardModel } from '../../../contract/hazard-model.ts'
import { durationSchema } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import { failureProbability, hazardContributions, type PartState } from '../../survival/hazard-model.ts'
import type { Assessment, ConfigContext, Detector, EvaluationContext, Evaluator } from '../detector.ts'
import { validateMetric } from '../limit.ts'
import { scaledBy } from '../stricter-values.ts'
import { addLook, stateAt, unseenLevel } from './looks.ts'

const maxMetrics = 10

const config = z.strictObject({
  metrics: z
    .array(z.string())
    .max(maxMetrics)
    .optional()
    .describe(
      'Counters of the kind, from 0 on, that may tell of a failure. Without any: age and model alone.',
    ),
  within: durationSchema.describe('Time within which a failure is predicted.'),
  probability: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.05)
    .describe('Probability of a failure within that time that is bad.'),
})

export type HazardConfig = z.infer<typeof config>

/** Return problems that the schema cannot find. */
function validateConfig(
  { metrics = [] }: HazardConfig,
  { kind, path, clear, component }: ConfigContext,
): ConfigProblem[] {
  const problems = metrics.flatMap((metric, n) => validateMetric([...path, 'metrics', n], metric, kind))
  const twice = metrics.find((metric, n) => metrics.indexOf(metric) < n)
  if (twice !== undefined)
    problems.push({ path: [...path, 'metrics'], message: `${twice} is named twice`, hint: 'name it once' })
  if (clear !== undefined) {
    const hint = `the ${component} is good again below three quarters of the probability`
    problems.push({ path: ['clear'], message: 'hazard has no clear:', hint })
  }
  return problems
}

interface HazardState {
  /** Newest time and levels, in the form of a look; empty before the first sample. */
  now: number[]
  /** Looks at the part, one each interval: time and levels, oldest first. */
  looks: number[]
}

/** Good again below this share of the probability. */
const clearShare = 0.75

/** Probability that a part fails soon, by its age and counters, as other parts of the fleet did. */
export const hazard: Detector<HazardConfig> = {
  name: 'hazard',
  config,
  validate: validateConfig,
  stricter: { probability: scaledBy(1.25, 1.5, 2) },
  // It is a probability: the part still works.
  indicatesFailure: () => false,
  createEvaluator(config, { kind, component }): Evaluator<HazardState> {
    const { metrics: counters = [], within: withinMs, probability } = config
    const key = hazardKey({ kind: kind.name, component }, counters, withinMs)
    return {
      metrics: counters.length > 0 ? counters : [...kind.metrics.keys()],
      reads: [],
      stateKey: `hazard ${withinMs} ${counters.join(' ')}`,
      createMemory: () => ({ now: [], looks: [] }),
      onSample(memory, { ts, values }, context): Assessment {
        update(memory, ts, values)
        const estimate = estimateOf(memory, context)
        if (estimate === undefined) return { is: 'unknown' }
        if (estimate.probability >= probability) return { is: 'bad' }
        return { is: estimate.probability < clearShare * probability ? 'good' : 'between' }
      },
      evidence(memory, context) {
        const estimate = estimateOf(memory, context)
        const evidence = { detector: 'hazard', limit: probability, points: [] }
        if (estimate === undefined) return evidence
        const { state, model } = estimate
        const leading = leadingCounter(model, state)
        const value = leading === undefined ? undefined : state.counters[leading]?.level
        return {
          ...evidence,
          probability: estimate.probability,
          ...(leading === undefined || value === undefined
            ? {}
            : { metric: leading, value, unit: kind.metrics.get(leading)?.unit ?? '' }),
          points: pointsOf(memory, counters.indexOf(leading ?? '')),
        }
      },
      history: { key, looks: ({ looks }) => looks },
    }

    /** Time does not go back: an earlier sample changes nothing. */
    function update(memory: HazardState, ts: number, values: Readonly<Record<string, number>>): void {
      const [newest = Number.NEGATIVE_INFINITY] = memory.now
      if (ts < newest) return
      memory.now = [ts, ...counters.map((name, n) => values[name] ?? memory.now[n + 1] ?? unseenLevel)]
      const last = memory.looks.at(-(counters.length + 1)) ?? Number.NEGATIVE_INFINITY
      if (ts - last >= withinMs) addLook(memory.looks, memory.now)
    }

    function estimateOf({ now, looks }: HazardState, { part, fleetModel }: EvaluationContext) {
      const model = fleetModel.hazards?.[key]
      const [at] = now
      if (model === undefined || at === undefined) return undefined
      const startedAt = part.startedAt ?? looks[0] ?? at
      const { model: cohort } = part.cohort
      const state: PartState = {
        ...stateAt(looks, now, { counters, withinMs }),
        age: Math.max(0, at - startedAt),
        ...(cohort === undefined ? {} : { cohort: String(cohort) }),
      }
      return { model, state, probability: failureProbability(model, state) }
    }
  },
}

/** Return the counter that raises the probability most; undefined when none does. */
function leadingCounter(model: HazardModel, state: PartState): string | undefined {
  const contributions = hazardContributions(model, state)
  return model.counters
    .filter((name) => (contributions[name] ?? 0) > 0)
    .toSorted((a, b) => (contributions[b] ?? 0) - (contributions[a] ?? 0))[0]
}

function pointsOf({ looks, now }: HazardState, counter: number): [number, number][] {
  if (counter < 0) return []
  const all = [...looks, ...now]
  const points = Array.from({ length: all.length / now.length }, (_, n): [number, number] => [
    all[n * now.length] ?? 0,
    all[n * now.length + counter + 1] ?? unseenLevel,
  ])
  return points.filter(([ts, level], n) => level !== unseenLevel && ts !== points[n + 1]?.[0])
}
