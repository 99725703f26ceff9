import type { SourcePosition } from '../../lib/yaml-source.ts'
import { unknownNameProblem } from './parse-yaml.ts'
import type { Rule } from './rule.ts'
import type { RuleFileProblem } from './rule-file-problem.ts'

type RuleHead = Pick<Rule, 'name' | 'kind' | 'unless'>

export interface LocatedRule {
  rule: RuleHead
  /** Position of each name in its `unless`. */
  unlessPositions: readonly SourcePosition[]
}

/**
 * Validate `unless` across rules: it must name rules of the same kind, without a cycle.
 * @param otherRules live rules that are not validated here; those with the name of a validated rule are ignored
 */
export function validateUnless(
  rules: readonly LocatedRule[],
  otherRules: readonly RuleHead[] = [],
): RuleFileProblem[] {
  const all = new Map([...otherRules, ...rules.map(({ rule }) => rule)].map((rule) => [rule.name, rule]))
  return rules.flatMap(({ rule, unlessPositions }) =>
    unlessPositions.flatMap((at, index) => {
      const cause = rule.unless[index] ?? ''
      if (all.get(cause)?.kind !== rule.kind) {
        const known = [...all.values()].filter(({ name, kind }) => kind === rule.kind && name !== rule.name)
        const names = known.map(({ name }) => name)
        return [{ ...at, ...unknownNameProblem(`rule of ${rule.kind}`, cause, names) }]
      }
      const cycle = findPath(cause, rule.name, all)
      if (cycle === undefined) return []
      const message = `\`unless\` has a cycle: ${[rule.name, ...cycle].join(', unless ')}`
      return [{ ...at, message, hint: 'remove one of them' }]
    }),
  )
}

/** Return the names on a path along `unless` from one rule to another, both included; undefined when there is none. */
function findPath(
  from: string,
  to: string,
  rules: ReadonlyMap<string, RuleHead>,
  visited: Set<string> = new Set(),
): string[] | undefined {
  if (from === to) return [to]
  if (visited.has(from)) return undefined
  visited.add(from)
  for (const cause of rules.get(from)?.unless ?? []) {
    const path = findPath(cause, to, rules, visited)
    if (path !== undefined) return [from, ...path]
  }
  return undefined
}
