import type { Compiled } from './compile.ts'
import type { RuleState } from './engine.ts'

/** What a rule knows of a device at the beginning of an epoch. */
export function freshState({ rule, watch }: Compiled): RuleState {
  const { version, component } = rule
  return { version, component, remembers: watch.remembers, memory: watch.start(), episode: 0 }
}

/**
 * The state a rule goes on with. After a change of the rule file: what is raised stays raised, and what was learnt
 * stays where the detector remembers the same; how long it has been bad or good begins anew.
 */
export function carriedOver(compiled: Compiled, before: RuleState | undefined): RuleState {
  if (before === undefined) return freshState(compiled)
  if (before.version === compiled.rule.version) return before
  const { badSince: _bad, goodSince: _good, ...kept } = before
  const fresh = freshState(compiled)
  const memory = before.remembers === fresh.remembers ? before.memory : fresh.memory
  return { ...kept, version: fresh.version, remembers: fresh.remembers, memory }
}
