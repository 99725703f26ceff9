import type { SourcePosition } from '../../lib/yaml-source.ts'
import { unknownName } from './parse-yaml.ts'
import type { Problem } from './problem.ts'
import type { Rule } from './rule.ts'

type Named = Pick<Rule, 'name' | 'kind' | 'unless'>

export interface Placed {
  rule: Named
  /** Where each name of its `unless` stands. */
  unlessAt: readonly SourcePosition[]
}

/**
 * What only all rules together show: an `unless` must name rules of the same kind, and never lead back to itself.
 * @param beside rules that run with these and were read before; those of the same name are replaced
 */
export function checkUnless(rules: readonly Placed[], beside: readonly Named[] = []): Problem[] {
  const all = new Map([...beside, ...rules.map(({ rule }) => rule)].map((rule) => [rule.name, rule]))
  return rules.flatMap(({ rule, unlessAt }) =>
    unlessAt.flatMap((at, index) => {
      const cause = rule.unless[index] ?? ''
      if (all.get(cause)?.kind !== rule.kind) {
        const known = [...all.values()].filter(({ name, kind }) => kind === rule.kind && name !== rule.name)
        const names = known.map(({ name }) => name)
        return [{ ...at, ...unknownName(`rule of ${rule.kind}`, cause, names) }]
      }
      const circle = pathBetween(cause, rule.name, all)
      if (circle === undefined) return []
      const message = `unless goes in a circle: ${[rule.name, ...circle].join(', unless ')}`
      return [{ ...at, message, hint: 'take one of them out' }]
    }),
  )
}

/** The names that lead along `unless` from one rule to another, both included; undefined when none do. */
function pathBetween(
  from: string,
  to: string,
  rules: ReadonlyMap<string, Named>,
  met: Set<string> = new Set(),
): string[] | undefined {
  if (from === to) return [to]
  if (met.has(from)) return undefined
  met.add(from)
  for (const cause of rules.get(from)?.unless ?? []) {
    const path = pathBetween(cause, to, rules, met)
    if (path !== undefined) return [from, ...path]
  }
  return undefined
}
