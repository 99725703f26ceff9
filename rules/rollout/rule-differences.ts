import { parseYamlSource } from '../../lib/yaml-source.ts'

/** A field in which two versions of a rule differ; undefined where one lacks it. */
export interface RuleDifference {
  /** Path in the rule file: `detect.forecast.below`. */
  field: string
  from: unknown
  to: unknown
}

/** Return the fields in which two rule texts differ, without their tests, sorted by path. */
export function diffRuleTexts(before: string, after: string): RuleDifference[] {
  const [from, to] = [before, after].map((text) => {
    const { tests: _, ...rule } = parseYamlSource('', text).value as Record<string, unknown>
    return new Map(flatten(rule, ''))
  }) as [Map<string, unknown>, Map<string, unknown>]
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((field) => JSON.stringify(from.get(field)) !== JSON.stringify(to.get(field)))
    .sort()
    .map((field) => ({ field, from: from.get(field), to: to.get(field) }))
}

/** Return the leaves of a mapping by their path; a list is a leaf. */
function flatten(value: unknown, path: string): [path: string, leaf: unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]]
  return Object.entries(value).flatMap(([key, part]) => flatten(part, path === '' ? key : `${path}.${key}`))
}
