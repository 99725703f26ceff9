import type { SourcePosition } from '../../lib/yaml-source.ts'
import { unknownNameProblem } from './parse-yaml.ts'
import type { Rule } from './rule.ts'
import type { RuleFileProblem } from './rule-file-problem.ts'

type RuleHead = Pick<Rule, 'name' | 'kind' | 'unless'>

export interface LocatedRule {
  rule: RuleHead
  /** Where each name of its `unless` stands. */
  unlessPositions: readonly SourcePosition[]
}

/**
 * What only all rules together show: an `unless` must name rules of the same kind, and never lead back to itself.
 * @param otherRules rules that run with these and were read before; those of the same name are replaced
 */
export function validateUnless(
  rules: readonly LocatedRule[],
  otherRules: readonly RuleHead[] = [],
): RuleFileProblem[] {
  const all = new Map([...otherRules, ...rules.map(({ rule }) => rule)].map((rule) => [rule.name, rule]))
  return rules.flatMap(({ rule, unlessPositions: unlessAt }) =>
    unlessAt.flatMap((at, index) => {
      const cause = rule.unless[index] ?? ''
      if (all.get(cause)?.kind !== rule.kind) {
        const known = [...all.values()].filter(({ name, kind }) => kind === rule.kind && name !== rule.name)
        const names = known.map(({ name }) => name)
        return [{ ...at, ...unknownNameProblem(`rule of ${rule.kind}`, cause, names) }]
      }
      const cycle = findPath(cause, rule.name, all)
      if (cycle === undefined) return []
      const message = `unless goes in a circle: ${[rule.name, ...cycle].join(', unless ')}`
      return [{ ...at, message, hint: 'take one of them out' }]
    }),
  )
}

/** The names that lead along `unless` from one rule to another, both included; undefined when none do. */
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
