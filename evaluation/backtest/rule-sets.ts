import type { Rule } from '../../rules/files/rule.ts'

/** The two rule sets of a comparison. */
export interface RuleSets {
  live: readonly Rule[]
  candidate: readonly Rule[]
}

/**
 * Return the two rule sets: the live rules, and the same with the candidates in place of the rules of their names. Rules
 * that cannot affect the comparison are left out: a rule stays when it is about a component of a candidate (or of the rule
 * that it replaces), or when a chain of `unless` connects it with such a rule.
 */
export function buildRuleSets(live: readonly Rule[], candidates: readonly Rule[]): RuleSets {
  const replaced = new Set(candidates.map(({ name }) => name))
  const all = [...live, ...candidates]
  const components = new Set(all.filter(({ name }) => replaced.has(name)).map(partOf))
  const names = new Set(all.filter((rule) => components.has(partOf(rule))).map(({ name }) => name))
  for (let before = -1; before !== names.size; ) {
    before = names.size
    for (const { name, unless } of all) {
      if (names.has(name)) for (const cause of unless) names.add(cause)
      else if (unless.some((cause) => names.has(cause))) names.add(name)
    }
  }
  const inScope = live.filter(({ name }) => names.has(name))
  return { live: inScope, candidate: [...inScope.filter(({ name }) => !replaced.has(name)), ...candidates] }
}

const partOf = ({ kind, component }: Rule): string => `${kind}/${component}`
