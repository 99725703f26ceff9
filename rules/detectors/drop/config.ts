import { z } from 'zod'
import { duration } from '../../files/duration.ts'
import type { ConfigProblem, WatchContext } from '../detector.ts'
import { checkMetric } from '../limit.ts'
import { prognosisKeys } from '../prognosis.ts'

const mostBins = 50

export const config = z.strictObject({
  metric: z.string(),
  /** How far below its baseline the metric may fall. */
  percent: z.number().gt(0).lt(100),
  /** Readings are compared only with others at the same load. */
  at: z.strictObject({ metric: z.string(), bin: z.number().gt(0) }).optional(),
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
  if (at !== undefined) problems.push(...checkLoad(at, asNew, { kind, path }))
  else if (typeof asNew === 'object') {
    problems.push({
      path: [...path, 'new'],
      message: 'new: by load needs at:',
      hint: 'give one number, or at:',
    })
  }
  return problems
}

function checkLoad(
  at: NonNullable<DropConfig['at']>,
  asNew: DropConfig['new'],
  { kind, path }: Pick<WatchContext, 'kind' | 'path'>,
): ConfigProblem[] {
  const problems = checkMetric([...path, 'at', 'metric'], at.metric, kind)
  const [least, most] = kind.metrics.get(at.metric)?.range ?? [0, 0]
  if ((most - least) / at.bin > mostBins) {
    const hint = `make it at least ${(most - least) / mostBins}`
    problems.push({
      path: [...path, 'at', 'bin'],
      message: `bin: ${at.bin} makes more than ${mostBins} bins`,
      hint,
    })
  }
  for (const bin of typeof asNew === 'object' ? Object.keys(asNew) : []) {
    if (Number(bin) % at.bin === 0) continue
    const hint = `its keys are lower ends of bins, multiples of ${at.bin}`
    problems.push({
      path: [...path, 'new', Number(bin)],
      part: 'key',
      message: `no bin begins at ${bin}`,
      hint,
    })
  }
  return problems
}
