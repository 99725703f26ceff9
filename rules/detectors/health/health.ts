import { z } from 'zod'
import { healthKey } from '../../../contract/fleet-model.ts'
import type { HealthModel } from '../../../contract/health-model.ts'
import { durationSchema } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import { parseLooks } from '../../health-index/features.ts'
import { estimateHealth, type HealthEstimate, healthIndexAt } from '../../health-index/health-estimate.ts'
import { looksBefore } from '../../health-index/health-model.ts'
import { addToLooks, createLooks, type LooksState } from '../../health-index/looks.ts'
import type { Assessment, ConfigContext, Detector, EvaluationContext, Evaluator } from '../detector.ts'
import { validateMetric } from '../limit.ts'
import { scaledBy, shiftedDown } from '../stricter-values.ts'

const maxMetrics = 16
const maxPoints = 60
const goodIndex = 100
/** Good again when the predicted end is further away than this times `within`. */
const clearFactor = 1.25

const config = z
  .strictObject({
    metrics: z
      .array(z.string())
      .min(1)
      .max(maxMetrics)
      .describe('Metrics of the kind that may tell of the wear of the part.'),
    within: durationSchema.optional().describe('Time within which the predicted end of the part is bad.'),
    limit: z
      .number()
      .gt(0)
      .lt(goodIndex)
      .optional()
      .describe('Health index, from 0 at the end to 100 in healthy parts, below which the part is bad.'),
  })
  .refine(({ within, limit }) => within !== undefined || limit !== undefined, {
    message: 'it must name within:, limit:, or both',
  })

export type HealthConfig = z.infer<typeof config>

/** Return problems that the schema cannot find. */
function validateConfig(
  { metrics, limit }: HealthConfig,
  { kind, path, clear }: ConfigContext,
): ConfigProblem[] {
  const problems = metrics.flatMap((metric, n) => validateMetric([...path, 'metrics', n], metric, kind))
  const twice = metrics.find((metric, n) => metrics.indexOf(metric) < n)
  if (twice !== undefined)
    problems.push({ path: [...path, 'metrics'], message: `${twice} is named twice`, hint: 'name it once' })
  if (clear !== undefined && !(limit !== undefined && clear >= limit && clear < goodIndex)) {
    const hint = 'it must be an index from limit: on, below 100; without limit: there is none'
    problems.push({ path: ['clear'], message: `clear: ${clear} is no index above the limit`, hint })
  }
  return problems
}

/** What is known of a part as of its last look. */
interface Known {
  model: HealthModel
  /** Time of the last look, ms. */
  at: number
  estimate: HealthEstimate
}

/** Results as of the last look of a memory: they follow from it and the model, so they are not part of it. */
const results = new WeakMap<LooksState, Known>()

/** Wear of a part that shows in several metrics together, and its remaining life, as other parts had it. */
export const health: Detector<HealthConfig> = {
  name: 'health',
  config,
  validate: validateConfig,
  stricter: { within: scaledBy(0.8, 0.65, 0.5), limit: shiftedDown },
  // It is a prediction: the part still works.
  indicatesFailure: () => false,
  createEvaluator({ metrics, within: withinMs, limit }, context): Evaluator<LooksState> {
    const { kind, component, clear = limit } = context
    const key = healthKey({ kind: kind.name, component }, metrics)
    return {
      metrics,
      reads: [],
      inputs: metrics.map((metric) => [metric]),
      stateKey: `health ${metrics.join(' ')}`,
      createMemory: () => createLooks(kind.expectedIntervalMs),
      onSample(memory, sample, evaluationContext): Assessment {
        addToLooks(memory, sample, metrics)
        const known = knownOf(memory, evaluationContext)
        if (known === undefined) return { is: 'unknown' }
        return worst([byIndex(known.estimate), byRemainingLife(known, sample.ts)])
      },
      evidence(memory, evaluationContext) {
        const known = knownOf(memory, evaluationContext)
        const evidence = { detector: 'health', points: [] }
        if (known === undefined) return evidence
        const { model, at, estimate } = known
        const { index, contributions, remaining, p10, p90, isBeyondHorizon } = estimate
        const crossing = { p10: at + p10, p50: at + remaining, p90: at + p90 }
        return {
          ...evidence,
          health: { index, contributions, lifetimes: model.ended },
          ...(isBeyondHorizon ? {} : { crossing }),
          points: pointsOf(memory, model),
        }
      },
      history: { key, looks: ({ looks }) => looks },
    }

    function knownOf(memory: LooksState, { part, fleetModel }: EvaluationContext): Known | undefined {
      const model = fleetModel.healthModels?.[key]
      const [first] = memory.looks
      const at = memory.looks.at(-(metrics.length + 1))
      if (model === undefined || first === undefined || at === undefined) return undefined
      const before = results.get(memory)
      if (before?.model === model && before.at === at) return before
      const looks = parseLooks(memory.looks, metrics.length)
      if (looks.length <= looksBefore) return undefined
      const known = { model, at, estimate: estimateHealth(model, looks, part.startedAt ?? first) }
      results.set(memory, known)
      return known
    }

    function byIndex({ index }: HealthEstimate): 'bad' | 'between' | 'good' {
      if (limit === undefined || clear === undefined) return 'good'
      if (index < limit) return 'bad'
      return index < clear ? 'between' : 'good'
    }

    function byRemainingLife({ at, estimate }: Known, now: number): Assessment {
      if (withinMs === undefined || estimate.isBeyondHorizon) return { is: 'good' }
      const crossesAt = at + estimate.remaining
      if (crossesAt - now <= withinMs) return { is: 'bad', crossesAt }
      return { is: crossesAt - now <= clearFactor * withinMs ? 'between' : 'good' }
    }
  },
}

function worst([byIndex, byRemainingLife]: ['bad' | 'between' | 'good', Assessment]): Assessment {
  if (byRemainingLife.is === 'bad') return byRemainingLife
  if (byIndex === 'bad') return { is: 'bad' }
  return byRemainingLife.is === 'between' || byIndex === 'between' ? { is: 'between' } : { is: 'good' }
}

/** Return the last points of the index. */
function pointsOf({ looks: flat }: LooksState, model: HealthModel): [number, number][] {
  const looks = parseLooks(flat, model.metrics.length)
  return looks
    .map(({ at }, n): [number, number] => [at, healthIndexAt(model, looks, n)])
    .slice(looksBefore)
    .slice(-maxPoints)
}
