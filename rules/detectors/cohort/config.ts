import { z } from 'zod'
import type { ConfigProblem, WatchContext } from '../detector.ts'
import { checkMetric } from '../limit.ts'

export const config = z.strictObject({
  metric: z.string(),
  /** Which side of its peers is bad; the metric's `worse:` when absent. */
  side: z.enum(['lower', 'higher', 'both']).optional(),
  /** How far from the peers' median is bad, in robust standard deviations of the peers. */
  deviations: z.number().gt(1).default(4),
  /** Fewer peers than this say nothing. */
  peers: z.int().min(5).default(10),
  /** Devices are compared only with others at the same load or age. */
  at: z.strictObject({ metric: z.string(), bin: z.number().gt(0) }).optional(),
})

export type CohortConfig = z.infer<typeof config>

/** What the schema cannot see. */
export function check(
  { metric, side, at }: CohortConfig,
  { kind, path, clear }: WatchContext,
): ConfigProblem[] {
  const problems = checkMetric([...path, 'metric'], metric, kind)
  if (at !== undefined) problems.push(...checkMetric([...path, 'at', 'metric'], at.metric, kind))
  if (side === undefined && kind.metrics.get(metric)?.worse === undefined && problems.length === 0) {
    const message = `the kind ${kind.name} does not say which way ${metric} gets worse`
    problems.push({ path: [...path, 'metric'], message, hint: 'add side: lower, higher or both' })
  }
  if (clear !== undefined) {
    const hint = 'it is good again below three quarters of its deviations'
    problems.push({ path: ['clear'], message: 'cohort has no clear:', hint })
  }
  return problems
}
