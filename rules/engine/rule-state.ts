import type { CompiledRule } from './compile.ts'
import type { RuleState } from './engine.ts'

/** What a rule knows of a device at the beginning of an epoch. */
export function initialRuleState({ rule, evaluator: watch }: CompiledRule): RuleState {
  const { version, component } = rule
  return { version, component, stateKey: watch.stateKey, detectorState: watch.initialState(), episode: 0 }
}

/**
 * The state a rule goes on with. After a change of the rule file: what is raised stays raised, and what was learnt
 * stays where the detector remembers the same; how long it has been bad or good begins anew.
 */
export function migrateRuleState(compiled: CompiledRule, before: RuleState | undefined): RuleState {
  if (before === undefined) return initialRuleState(compiled)
  if (before.version === compiled.rule.version) return before
  const { pendingSince: _bad, clearingSince: _good, ...kept } = before
  const fresh = initialRuleState(compiled)
  const memory = before.stateKey === fresh.stateKey ? before.detectorState : fresh.detectorState
  return { ...kept, version: fresh.version, stateKey: fresh.stateKey, detectorState: memory }
}
