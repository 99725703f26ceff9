import type { MetricWatch, PresenceWatch, Watch } from '../detectors/detector.ts'
import type { Kind, Kinds } from '../kinds.ts'
import type { Rule } from '../rule.ts'

export interface Compiled<W extends Watch> {
  rule: Rule
  watch: W
}

/** The rules of one kind of device, ready to run. */
export interface CompiledKind {
  components: readonly string[]
  metric: readonly Compiled<MetricWatch<unknown>>[]
  presence: readonly Compiled<PresenceWatch>[]
  byName: ReadonlyMap<string, Compiled<Watch>>
  /** Readings further apart than this leave open what was between them. */
  gapMs: number
}

/** A device may miss two readings before it counts as a gap. */
const gapIntervals = 3

export function compileRules(kinds: Kinds, rules: readonly Rule[]): ReadonlyMap<string, CompiledKind> {
  return new Map([...kinds].map(([name, kind]) => [name, compileKind(kind, rules)]))
}

function compileKind(kind: Kind, rules: readonly Rule[]): CompiledKind {
  const metric: Compiled<MetricWatch<unknown>>[] = []
  const presence: Compiled<PresenceWatch>[] = []
  for (const rule of rules.filter((candidate) => candidate.kind === kind.name)) {
    const watch = rule.detect.watch({ kind, clear: rule.clear })
    if (watch.watches === 'metric') metric.push({ rule, watch })
    else presence.push({ rule, watch })
  }
  const byName = new Map([...metric, ...presence].map((compiled) => [compiled.rule.name, compiled]))
  return {
    components: kind.components,
    metric,
    presence,
    byName,
    gapMs: gapIntervals * kind.expectedIntervalMs,
  }
}
