import type { Rule } from '../../rules/files/rule.ts'

/** The rules of both sides of a comparison. */
export interface RuleSets {
  live: readonly Rule[]
  candidate: readonly Rule[]
}

/**
 * What runs on each side: on one the live rules, on the other the candidates in the place of those with their names.
 * Left out are the rules that have no bearing on the comparison: a rule stays when it is of a component that a candidate
 * (or the rule it replaces) watches, or when a chain of `unless` connects it with one that does.
 */
export function buildRuleSets(live: readonly Rule[], candidates: readonly Rule[]): RuleSets {
  const replaced = new Set(candidates.map(({ name }) => name))
  const all = [...live, ...candidates]
  const concerned = new Set(all.filter(({ name }) => replaced.has(name)).map(partOf))
  const names = new Set(all.filter((rule) => concerned.has(partOf(rule))).map(({ name }) => name))
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
