import type { Rule } from '../files/rule.ts'
import type { DeviceState } from './engine.ts'

/** Whether a finding is active that explains what this rule sees. */
export function isInhibited({ unless }: Pick<Rule, 'unless'>, state: DeviceState): boolean {
  return unless.some((cause) => state.rules[cause]?.active !== undefined)
}

/**
 * The rules in an order in which each comes after those that explain it, and otherwise as they were. Names that are not
 * among them are passed over. A depth-first topological sort; load-rules.ts refuses circles.
 */
export function sortByInhibition<R extends Pick<Rule, 'name' | 'unless'>>(rules: readonly R[]): R[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]))
  const visited = new Set<R>()
  const ordered: R[] = []
  const visit = (rule: R | undefined): void => {
    if (rule === undefined || visited.has(rule)) return
    visited.add(rule)
    for (const cause of rule.unless) visit(byName.get(cause))
    ordered.push(rule)
  }
  for (const rule of rules) visit(rule)
  return ordered
}
