import type { Derivation } from '../derived/derivation.ts'
import type { Watch } from '../detectors/detector.ts'
import type { Kind, Kinds } from '../kinds.ts'
import type { Rule } from '../rule.ts'
import { causesFirst } from './causes.ts'

export interface Compiled {
  rule: Rule
  watch: Watch<unknown>
}

/** The rules of one kind of device, ready to run. */
export interface CompiledKind {
  components: readonly string[]
  derivations: readonly Derivation[]
  /** By the rule's name; each after those that explain it. */
  rules: ReadonlyMap<string, Compiled>
  /** Those that wait for the passing of time. */
  waiting: readonly Compiled[]
  /** Readings further apart than this leave open what was between them. */
  gapMs: number
}

/** A device may miss two readings before it counts as a gap. */
const gapIntervals = 3

export function compileRules(kinds: Kinds, rules: readonly Rule[]): ReadonlyMap<string, CompiledKind> {
  return new Map([...kinds].map(([name, kind]) => [name, compileKind(kind, rules)]))
}

function compileKind(kind: Kind, rules: readonly Rule[]): CompiledKind {
  const compiled = causesFirst(rules.filter((rule) => rule.kind === kind.name)).map((rule) => {
    const { component, clear } = rule
    return { rule, watch: rule.detect.watch({ kind, component, clear, path: ['detect'] }) }
  })
  return {
    components: kind.components,
    derivations: kind.derivations,
    rules: new Map(compiled.map((one) => [one.rule.name, one])),
    waiting: compiled.filter(({ watch }) => watch.tick !== undefined),
    gapMs: gapIntervals * kind.expectedIntervalMs,
  }
}
