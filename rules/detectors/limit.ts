import { z } from 'zod'
import type { Kind } from '../files/kinds.ts'
import { unknownNameProblem } from '../files/parse-yaml.ts'
import type { ConfigProblem } from '../files/rule-file-problem.ts'
import type { ConfigContext } from './detector.ts'
import { boundaryVelocity, type ZoneBoundary, zoneSchema, zoneUnit } from './iso-20816.ts'

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
  zone: zoneSchema
    .optional()
    .describe(
      'Boundary between zones of a standard for velocities of vibration in mm/s, in place of `above`: `{ standard: iso_20816_3, group: 2, foundation: rigid, boundary: C/D }`.',
    ),
}

interface LimitConfig {
  metric: string
  below?: number | undefined
  above?: number | undefined
  zone?: ZoneBoundary | undefined
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

/** Check that a rule has exactly one limit, for a schema with `limitKeys`. */
export const hasOneLimit = ({ below, above, zone }: Partial<LimitConfig>): boolean =>
  [below, above, zone].filter((limit) => limit !== undefined).length === 1
export const oneLimitMessage = 'it must name exactly one limit, below:, above: or zone:'

export function createLimit({ below, above, zone }: Omit<LimitConfig, 'metric'>): Limit {
  const worse = below === undefined ? 1 : -1
  const value = below ?? above ?? (zone === undefined ? Number.NaN : boundaryVelocity(zone))
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
  const { range, unit } = kind.metrics.get(config.metric) ?? {}
  const side = (['below', 'above', 'zone'] as const).find((key) => config[key] !== undefined) ?? 'above'
  const limit = createLimit(config)
  if (config.zone !== undefined && unit !== undefined && unit !== zoneUnit) {
    const message = `zone: limits are in ${zoneUnit}, and ${config.metric} is in ${unit}`
    problems.push({ path: [...path, 'zone'], message, hint: 'use a metric of velocity' })
  }
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
