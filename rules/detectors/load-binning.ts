import { z } from 'zod'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import type { ConfigContext, Sample } from './detector.ts'
import { validateMetric } from './limit.ts'

/** `at:` of every detector that compares readings only with others at the same load. */
export const loadBinningSchema = z
  .strictObject({ metric: z.string(), bin: z.number().gt(0), optional: z.boolean().optional() })
  .describe(
    'Load metric and bin width: readings are compared only with others in the same bin. With `optional: true` readings without the load are compared with each other; without it they are not used.',
  )

export type LoadBinning = z.infer<typeof loadBinningSchema>

const maxBins = 50

/** Return the bin of a sample's load, named by its lower end; undefined when the load was not measured. */
export function loadBinOf(at: LoadBinning | undefined, values: Sample['values']): string | undefined {
  if (at === undefined) return 'any'
  const load = values[at.metric]
  if (load === undefined) return at.optional ? 'any' : undefined
  return String(Math.floor(load / at.bin) * at.bin)
}

/** Return the metrics that a detector with this setting reads to tell the load. */
export const loadMetricsOf = (at: Pick<LoadBinning, 'metric'> | undefined): string[] =>
  at === undefined ? [] : [at.metric]

/** Check that the metric exists and that its range has no more bins than the state of a device may hold. */
export function validateLoadBinning(
  at: LoadBinning,
  { kind, path }: Pick<ConfigContext, 'kind' | 'path'>,
): ConfigProblem[] {
  const problems = validateMetric([...path, 'at', 'metric'], at.metric, kind)
  const [least, most] = kind.metrics.get(at.metric)?.range ?? [0, 0]
  if ((most - least) / at.bin > maxBins) {
    problems.push({
      path: [...path, 'at', 'bin'],
      message: `bin: ${at.bin} makes more than ${maxBins} bins`,
      hint: `make it at least ${(most - least) / maxBins}`,
    })
  }
  return problems
}
