import { z } from 'zod'
import { duration } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/problem.ts'
import type { WatchContext } from '../detector.ts'
import { checkMetric } from '../limit.ts'
import { checkLoad, type Load, loadSchema } from '../load.ts'
import { prognosisKeys } from '../prognosis.ts'

export const config = z.strictObject({
  metric: z.string(),
  /** How far below its baseline the metric may fall. */
  percent: z.number().gt(0).lt(100),
  /** Readings are compared only with others at the same load. */
  at: loadSchema.optional(),
  /** What a new part does, for devices that are first seen with a worn one; by the bin's lower end with `at`. */
  new: z.union([z.number().gt(0), z.record(z.string(), z.number().gt(0))]).optional(),
  within: duration.optional(),
  ...prognosisKeys,
})

export type DropConfig = z.infer<typeof config>

/** What the schema cannot see. */
export function check(
  { metric, at, percent, new: asNew }: DropConfig,
  { kind, path, clear }: WatchContext,
): ConfigProblem[] {
  const problems = checkMetric([...path, 'metric'], metric, kind)
  if (kind.metrics.get(metric)?.worse === 'higher') {
    const message = `${metric} gets worse when it rises`
    problems.push({ path: [...path, 'metric'], message, hint: 'use threshold or forecast with above:' })
  }
  if (clear !== undefined && (clear > percent || clear < 0)) {
    const hint = `it is the drop in percent from which on it is good again, 0 … ${percent}`
    problems.push({ path: ['clear'], message: `clear: ${clear} is on the bad side of ${percent} %`, hint })
  }
  if (at !== undefined) {
    problems.push(...checkLoad(at, { kind, path }), ...checkNewByLoad(asNew, at, path))
  } else if (typeof asNew === 'object') {
    const message = 'new: by load needs at:'
    problems.push({ path: [...path, 'new'], message, hint: 'give one number, or at:' })
  }
  return problems
}

function checkNewByLoad(
  asNew: DropConfig['new'],
  { bin }: Load,
  path: WatchContext['path'],
): ConfigProblem[] {
  if (typeof asNew !== 'object') return []
  return Object.keys(asNew)
    .filter((start) => Number(start) % bin !== 0)
    .map((start) => ({
      path: [...path, 'new', Number(start)],
      part: 'key',
      message: `no bin begins at ${start}`,
      hint: `its keys are lower ends of bins, multiples of ${bin}`,
    }))
}
