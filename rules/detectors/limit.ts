import { z } from 'zod'
import type { Kind } from '../files/kinds.ts'
import { unknownNameProblem } from '../files/parse-yaml.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import type { ConfigContext } from './detector.ts'

/** Settings of every detector with a limit. */
export const limitKeys = {
  metric: z.string().describe('Metric of the kind, measured or derived.'),
  below: z
    .number()
    .optional()
    .describe('Limit of a metric that gets worse as it falls; either this or `above`.'),
  above: z
    .number()
    .optional()
    .describe('Limit of a metric that gets worse as it rises; either this or `below`.'),
}

interface LimitConfig {
  metric: string
  below?: number | undefined
  above?: number | undefined
}

/** Limit: a value beyond which a part is worn. */
export interface Limit {
  value: number
  /** Direction that is worse: 1 for up, −1 for down. */
  worseSign: 1 | -1
  /** Return the distance of a value from the limit, positive on the good side. */
  margin(value: number): number
  fromMargin(margin: number): number
}

/** Check that a rule has exactly one of the two limits, for a schema with `limitKeys`. */
export const hasOneLimit = ({ below, above }: Partial<LimitConfig>): boolean =>
  (below === undefined) !== (above === undefined)
export const oneLimitMessage = 'it must name exactly one limit, below: or above:'

export function createLimit({ below, above }: Pick<LimitConfig, 'below' | 'above'>): Limit {
  const worse = above === undefined ? -1 : 1
  const value = above ?? below ?? Number.NaN
  return {
    value,
    worseSign: worse,
    margin: (measured) => worse * (value - measured),
    fromMargin: (margin) => value - worse * margin,
  }
}

/** Check that the metric exists, the limit can be reached, and `clear` lies on its good side. */
export function validateLimit(config: LimitConfig, { kind, path, clear }: ConfigContext): ConfigProblem[] {
  const problems = validateMetric([...path, 'metric'], config.metric, kind)
  const range = kind.metrics.get(config.metric)?.range
  const side = config.above === undefined ? 'below' : 'above'
  const limit = createLimit(config)
  if (range && (limit.value < range[0] || limit.value > range[1])) {
    const message = `${side}: ${limit.value} is outside of what ${config.metric} can be`
    problems.push({ path: [...path, side], message, hint: `it must lie within ${range.join(' … ')}` })
  }
  if (clear !== undefined && limit.margin(clear) < 0) {
    const message = `clear: ${clear} is on the bad side of the limit`
    const hint = `it must be ${side === 'below' ? 'at least' : 'at most'} ${limit.value}`
    problems.push({ path: ['clear'], message, hint })
  }
  return problems
}

export function validateMetric(
  path: readonly (string | number)[],
  metric: string,
  kind: Kind,
): ConfigProblem[] {
  if (kind.metrics.has(metric)) return []
  return [{ path, ...unknownNameProblem(`metric of ${kind.name}`, metric, [...kind.metrics.keys()]) }]
}
