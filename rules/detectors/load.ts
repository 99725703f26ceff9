import { z } from 'zod'
import type { ConfigProblem } from '../files/problem.ts'
import type { Sample, WatchContext } from './detector.ts'
import { checkMetric } from './limit.ts'

/** `at:` of every detector that compares readings only with others at the same load. */
export const loadSchema = z.strictObject({ metric: z.string(), bin: z.number().gt(0) })

export type Load = z.infer<typeof loadSchema>

const mostBins = 50

/** The bin of a sample's load, named by its lower end; undefined when the load was not measured. */
export function binOf(at: Load | undefined, values: Sample['values']): string | undefined {
  if (at === undefined) return 'any'
  const load = values[at.metric]
  return load === undefined ? undefined : String(Math.floor(load / at.bin) * at.bin)
}

/** The metric has to exist, and its range must not fall into more bins than a device can remember. */
export function checkLoad(at: Load, { kind, path }: Pick<WatchContext, 'kind' | 'path'>): ConfigProblem[] {
  const problems = checkMetric([...path, 'at', 'metric'], at.metric, kind)
  const [least, most] = kind.metrics.get(at.metric)?.range ?? [0, 0]
  if ((most - least) / at.bin > mostBins) {
    problems.push({
      path: [...path, 'at', 'bin'],
      message: `bin: ${at.bin} makes more than ${mostBins} bins`,
      hint: `make it at least ${(most - least) / mostBins}`,
    })
  }
  return problems
}
