import { presentStateKey } from '../files/former-names.ts'
import type { CompiledRule } from './compile.ts'
import type { RuleState } from './engine.ts'

/** Parse the key of a trial's state; undefined for that of a live rule. */
export function parseTrialStateKey(key: string): { rule: string; since: number } | undefined {
  const [rule = '', since] = key.split('@')
  return since === undefined ? undefined : { rule, since: Number(since) }
}

/** Return the state of a rule at the start of an epoch. */
export function initialRuleState({ rule, evaluator }: CompiledRule): RuleState {
  const { version, component } = rule
  return {
    version,
    component,
    stateKey: evaluator.stateKey,
    memory: evaluator.createMemory(),
    evaluatedAt: undefined,
    continuousSince: undefined,
    intervalsMs: undefined,
    pendingSince: undefined,
    clearingSince: undefined,
    suspended: false,
    episode: 0,
    recentRaises: undefined,
    lastNotified: undefined,
    active: undefined,
  }
}

/**
 * Migrate the state of a rule to its present version, in place. After a change of the rule file an active finding stays active, and
 * the detector's state is kept if its `stateKey` is the same; the timers of `for` and `hold` restart.
 */
export function migrateRuleState(compiled: CompiledRule, before: RuleState | undefined): RuleState {
  if (before === undefined) return initialRuleState(compiled)
  if (before.version === compiled.rule.version) return before
  const { rule, evaluator } = compiled
  if (presentStateKey(before.stateKey) !== evaluator.stateKey) before.memory = evaluator.createMemory()
  before.stateKey = evaluator.stateKey
  before.version = rule.version
  before.pendingSince = undefined
  before.clearingSince = undefined
  return before
}
