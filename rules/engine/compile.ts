import type { FleetModel } from '../../contract/fleet-model.ts'
import type { Measurements } from '../../contract/measurements.ts'
import type { Derivation } from '../derived/derivation.ts'
import type { Evaluator } from '../detectors/detector.ts'
import { withSampledTiming } from '../detectors/sampled-timing.ts'
import { withErrorContext } from '../detectors/with-error-context.ts'
import type { Kind, Kinds } from '../files/kinds.ts'
import type { ServiceSign } from '../files/metric-schema.ts'
import type { Rule, RuleTrial } from '../files/rule.ts'
import type { SensorLimits } from '../quality/sensor-limits.ts'
import { sortByInhibition } from './causes.ts'
import type { TrialMark } from './create-finding.ts'

export interface CompiledRule {
  /** Key of its state in `DeviceState.rules`. */
  key: string
  rule: Rule
  evaluator: Evaluator<unknown>
  /** Trial fields of its findings. */
  trialMark: TrialMark
}

/** The rules of one kind of device, ready to run. */
export interface CompiledKind {
  components: readonly string[]
  derivations: readonly Derivation[]
  sensors: ReadonlyMap<string, SensorLimits>
  latenessMs: number
  /** By `key`; each rule after those that can inhibit it. */
  rules: ReadonlyMap<string, CompiledRule>
  /** The same, for the path of a reading. */
  ruleList: readonly CompiledRule[]
  /** Those that contribute to the fleet model. Shadow rules do not: they must not change the assessments of live rules. */
  liveRules: readonly CompiledRule[]
  /** Those of `rules` that are on trial. */
  trials: readonly CompiledRule[]
  /** Those of `rules` that evaluate ticks. */
  tickDriven: readonly CompiledRule[]
  /** By metric: how a service of a component shows. */
  serviceSigns: ReadonlyMap<string, ServiceSign>
  /** Metrics that any rule needs. */
  inputMetrics: readonly string[]
  /** Expected reporting interval, ms. */
  expectedIntervalMs: number
  /** Measured metrics that are enough for a replay of these rules; undefined when any may matter. */
  neededMetrics: readonly string[] | undefined
}

/** Rules and fleet model under which an input is evaluated. */
export interface StepContext {
  kind: CompiledKind
  fleetModel: FleetModel
}

/** Live rules (`rules`) and rules on trial (`shadow`). */
interface RuleSet {
  rules: readonly Rule[]
  shadow?: readonly RuleTrial[]
}

export interface CompileOptions extends RuleSet {
  measurements?: Pick<Measurements, 'detectorCalled'> | undefined
}

/** Compile a rule set for each kind, by the kind's name. */
export function compileRules(kinds: Kinds, rules: CompileOptions): ReadonlyMap<string, CompiledKind> {
  return new Map([...kinds].map(([name, kind]) => [name, compileKind(kind, rules)]))
}

function compileKind(kind: Kind, { rules, shadow = [], measurements }: CompileOptions): CompiledKind {
  const compile = (rule: Rule): Omit<CompiledRule, 'key' | 'trialMark'> => {
    const { component, clear, detect } = rule
    const evaluator = detect.createEvaluator({ kind, component, clear, path: ['detect'] })
    const timed = measurements ? withSampledTiming(evaluator, detect.name, measurements) : evaluator
    return { rule, evaluator: withErrorContext(timed, { rule: rule.name, detector: detect.name }) }
  }
  const trialStarts = new Map(shadow.map(({ rule, since }) => [rule.name, since]))
  const live = sortByInhibition(rules.filter((rule) => rule.kind === kind.name)).map((rule): CompiledRule => {
    const trial = trialStarts.get(rule.name)
    return { ...compile(rule), key: rule.name, trialMark: trial === undefined ? {} : { trial } }
  })
  const trials = shadow
    .filter(({ rule }) => rule.kind === kind.name)
    .map(({ rule, since }): CompiledRule => {
      return {
        ...compile(rule),
        key: trialStateKey(rule.name, since),
        trialMark: { shadow: true, trial: since },
      }
    })
  const compiled = [...live, ...trials]
  const tickDriven = compiled.filter(({ evaluator }) => evaluator.onTick !== undefined)
  const needed = metricsRead(kind, compiled)
  // Where time is evaluated, a message of whatever content counts, and so does the order of all of them.
  const needsAll = needed === undefined || tickDriven.length > 0 || kind.latenessMs > 0
  const isDerived = new Set(kind.derivations.map(({ metric }) => metric))
  return {
    components: kind.components,
    derivations: kind.derivations.filter(({ metric }) => needed?.has(metric) ?? true),
    sensors: kind.sensors,
    latenessMs: kind.latenessMs,
    rules: new Map(compiled.map((one) => [one.key, one])),
    ruleList: compiled,
    liveRules: live,
    trials,
    tickDriven,
    expectedIntervalMs: kind.expectedIntervalMs,
    serviceSigns: kind.serviceSigns,
    inputMetrics: [
      ...new Set(compiled.flatMap(({ evaluator }) => (evaluator.inputs ?? [evaluator.metrics]).flat())),
    ],
    neededMetrics: needsAll ? undefined : [...needed].filter((metric) => !isDerived.has(metric)),
  }
}

/** Return the metrics that the rules read, and those that these are derived from; undefined when they may read any. */
function metricsRead(
  kind: Kind,
  compiled: readonly Pick<CompiledRule, 'rule' | 'evaluator'>[],
): Set<string> | undefined {
  const read = new Set<string>()
  for (const { rule, evaluator } of compiled) {
    if (evaluator.reads === undefined) return undefined
    for (const metric of [...evaluator.metrics, ...evaluator.reads]) read.add(metric)
    for (const metric of rule.onlyWhile?.inputs ?? []) read.add(metric)
  }
  const components = new Set(compiled.map(({ rule }) => rule.component))
  for (const [metric, { component }] of kind.serviceSigns) if (components.has(component)) read.add(metric)
  return withSources(read, kind.derivations)
}

/** Add the metrics that others of these are derived from. */
function withSources(metrics: Set<string>, derivations: readonly Derivation[]): Set<string> {
  // Each comes after those that it uses.
  for (const { metric, inputs, otherwise } of derivations.toReversed()) {
    if (!metrics.has(metric)) continue
    for (const input of inputs) metrics.add(input)
    if (otherwise !== undefined) metrics.add(otherwise)
  }
  return metrics
}

/** Return the key of a trial's state in `DeviceState.rules`; rule names contain no `@`. */
const trialStateKey = (rule: string, since: number): string => `${rule}@${since}`
