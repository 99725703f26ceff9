import { z } from 'zod'
import { durationSchema } from '../../files/duration.ts'
import type { ConfigProblem } from '../../files/rule-file-problem.ts'
import type { ConfigContext } from '../detector.ts'
import { forecastConfigKeys } from '../forecast-state.ts'
import { validateMetric } from '../limit.ts'
import { type LoadBinning, loadBinningSchema, validateLoadBinning } from '../load-binning.ts'

export const config = z.strictObject({
  metric: z.string().describe('Metric of the kind that gets worse as it falls.'),
  percent: z.number().gt(0).lt(100).describe('How far below its baseline the metric may fall, in percent.'),
  at: loadBinningSchema.optional(),
  new: z
    .union([z.number().gt(0), z.record(z.string(), z.number().gt(0))])
    .optional()
    .describe(
      'Value of a new part, for devices first seen with a worn one; with `at` by the lower end of each bin.',
    ),
  within: durationSchema
    .optional()
    .describe('How far ahead a drop counts. Without it: only a drop that is there.'),
  ...forecastConfigKeys,
})

export type DropConfig = z.infer<typeof config>

/** Return problems that the schema cannot find. */
export function validateConfig(
  { metric, at, percent, new: asNew }: DropConfig,
  { kind, path, clear }: ConfigContext,
): ConfigProblem[] {
  const problems = validateMetric([...path, 'metric'], metric, kind)
  if (kind.metrics.get(metric)?.worse === 'higher') {
    const message = `${metric} gets worse when it rises`
    problems.push({ path: [...path, 'metric'], message, hint: 'use threshold or forecast with above:' })
  }
  if (clear !== undefined && (clear > percent || clear < 0)) {
    const hint = `it is the drop in percent from which on it is good again, 0 … ${percent}`
    problems.push({ path: ['clear'], message: `clear: ${clear} is on the bad side of ${percent} %`, hint })
  }
  if (at !== undefined) {
    problems.push(...validateLoadBinning(at, { kind, path }), ...validateNewByLoad(asNew, at, path))
  } else if (typeof asNew === 'object') {
    const message = 'new: by load needs at:'
    problems.push({ path: [...path, 'new'], message, hint: 'give one number, or at:' })
  }
  return problems
}

function validateNewByLoad(
  asNew: DropConfig['new'],
  { bin }: LoadBinning,
  path: ConfigContext['path'],
): ConfigProblem[] {
  if (typeof asNew !== 'object') return []
  return Object.keys(asNew)
    .filter((start) => Number(start) % bin !== 0)
    .map((start) => ({
      path: [...path, 'new', Number(start)],
      target: 'key',
      message: `no bin begins at ${start}`,
      hint: `its keys are lower ends of bins, multiples of ${bin}`,
    }))
}
