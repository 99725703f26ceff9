import { z } from 'zod'
import type { ConfigProblem, WatchContext } from '../detector.ts'
import { checkMetric } from '../limit.ts'
import { checkLoad, loadSchema } from '../load.ts'

export const config = z.strictObject({
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
export function check({ metric, at }: DriftConfig, { kind, path, clear }: WatchContext): ConfigProblem[] {
  const problems = checkMetric([...path, 'metric'], metric, kind)
  if (at !== undefined) problems.push(...checkLoad(at, { kind, path }))
  if (clear !== undefined) {
    const hint = 'it ends when the metric is back at its baseline'
    problems.push({ path: ['clear'], message: 'drift has no clear:', hint })
  }
  return problems
}
