import type { Rule } from '../files/rule.ts'
import type { DeviceState } from './engine.ts'

/** Return whether an active finding inhibits this rule (`unless`). */
export function isInhibited({ unless }: Pick<Rule, 'unless'>, state: DeviceState): boolean {
  return unless.some((cause) => state.rules[cause]?.active !== undefined)
}

/**
 * Sort rules so that each comes after those that can inhibit it; the order is otherwise kept. Names in `unless` without a
 * rule are ignored. A depth-first topological sort; `validateUnless` rejects cycles.
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
