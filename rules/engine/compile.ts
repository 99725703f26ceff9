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
  return {
    components: kind.components,
    derivations: kind.derivations,
    sensors: kind.sensors,
    latenessMs: kind.latenessMs,
    rules: new Map(compiled.map((one) => [one.key, one])),
    ruleList: compiled,
    trials,
    tickDriven: compiled.filter(({ evaluator }) => evaluator.onTick !== undefined),
    expectedIntervalMs: kind.expectedIntervalMs,
    serviceSigns: kind.serviceSigns,
    inputMetrics: [
      ...new Set(compiled.flatMap(({ evaluator }) => (evaluator.inputs ?? [evaluator.metrics]).flat())),
    ],
  }
}

/** Return the key of a trial's state in `DeviceState.rules`; rule names contain no `@`. */
const trialStateKey = (rule: string, since: number): string => `${rule}@${since}`
