import type { Derivation } from '../derived/derivation.ts'
import type { Watch } from '../detectors/detector.ts'
import type { Kind, Kinds } from '../files/kinds.ts'
import type { Rule, RuleTrial } from '../files/rule.ts'
import type { SensorLimits } from '../quality/limits.ts'
import { causesFirst } from './causes.ts'
import type { TrialMark } from './finding-of.ts'
import { trialKey } from './trial-key.ts'

export interface Compiled {
  /** Under which its state is kept. */
  key: string
  rule: Rule
  watch: Watch<unknown>
  /** What its findings carry. */
  trial: TrialMark
}

/** The rules of one kind of device, ready to run. */
export interface CompiledKind {
  components: readonly string[]
  derivations: readonly Derivation[]
  sensors: ReadonlyMap<string, SensorLimits>
  latenessMs: number
  /** By their keys; each after those that explain it. */
  rules: ReadonlyMap<string, Compiled>
  /** Those of them that are on trial. */
  trials: readonly Compiled[]
  /** Those that wait for the passing of time. */
  waiting: readonly Compiled[]
  /** Readings further apart than this leave open what was between them. */
  gapMs: number
}

/** A device may miss two readings before it counts as a gap. */
const gapIntervals = 3

/** Live rules and those on trial. */
export interface RuleSet {
  rules: readonly Rule[]
  shadow?: readonly RuleTrial[]
}

export function compileRules(kinds: Kinds, rules: RuleSet): ReadonlyMap<string, CompiledKind> {
  return new Map([...kinds].map(([name, kind]) => [name, compileKind(kind, rules)]))
}

function compileKind(kind: Kind, { rules, shadow = [] }: RuleSet): CompiledKind {
  const compile = (rule: Rule): Omit<Compiled, 'key' | 'trial'> => {
    const { component, clear } = rule
    return { rule, watch: rule.detect.watch({ kind, component, clear, path: ['detect'] }) }
  }
  const began = new Map(shadow.map(({ rule, since }) => [rule.name, since]))
  const live = causesFirst(rules.filter((rule) => rule.kind === kind.name)).map((rule): Compiled => {
    const trial = began.get(rule.name)
    return { ...compile(rule), key: rule.name, trial: trial === undefined ? {} : { trial } }
  })
  const trials = shadow
    .filter(({ rule }) => rule.kind === kind.name)
    .map(({ rule, since }): Compiled => {
      return { ...compile(rule), key: trialKey(rule.name, since), trial: { shadow: true, trial: since } }
    })
  const compiled = [...live, ...trials]
  return {
    components: kind.components,
    derivations: kind.derivations,
    sensors: kind.sensors,
    latenessMs: kind.latenessMs,
    rules: new Map(compiled.map((one) => [one.key, one])),
    trials,
    waiting: compiled.filter(({ watch }) => watch.tick !== undefined),
    gapMs: gapIntervals * kind.expectedIntervalMs,
  }
}
