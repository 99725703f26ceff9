import { lifetimeKey } from '../../contract/fleet-model.ts'
import type { CompiledKind, CompiledRule } from '../engine/compile.ts'
import type {
  CompletedLifetime,
  Contribution,
  DeviceState,
  LifetimeContribution,
  RuleState,
} from '../engine/engine.ts'
import { describeLifetime, epochOf, lifetimeStart } from '../engine/evaluation-context.ts'
import { presentStateKey } from '../files/former-names.ts'

/** Most finished lifetimes that a device keeps per component and metric. */
const maxCompletedPerMetric = 2
/** Degradation paths with fewer points are not contributed. */
const minPoints = 4

/** Return a device's contribution: lifetimes of its parts, running and finished, and its present levels. */
export function contributionOf(state: DeviceState, kind: CompiledKind): Contribution {
  const running = runningLifetimes(state, kind).map((life) => toLifetimeContribution(state, life, false))
  const finished = (state.completedLifetimes ?? []).map((life) => toLifetimeContribution(state, life, true))
  const levels = liveCompiledRules(kind).flatMap((compiled) => {
    const ruleState = state.rules[compiled.key]
    if (ruleState === undefined || !isOfPresentKey(ruleState, compiled)) return []
    return compiled.evaluator.cohortLevel?.(ruleState.memory) ?? []
  })
  return { lifetimes: [...finished, ...running], levels }
}

/** Return the finished lifetimes of a device after the present lifetime of a component has ended. */
export function withCompletedLifetimes(
  state: DeviceState,
  kind: CompiledKind,
  component: string,
): readonly CompletedLifetime[] {
  const ended = runningLifetimes(state, kind).filter((life) => life.component === component)
  const kept = [...(state.completedLifetimes ?? []), ...ended]
  return kept.filter((life, index) => {
    const later = kept.slice(index + 1).filter((other) => isSameMetric(life, other))
    return later.length < maxCompletedPerMetric
  })
}

/** Return one lifetime per component and metric: of several rules on the same metric, the one with the most points. */
function runningLifetimes(state: DeviceState, kind: CompiledKind): CompletedLifetime[] {
  const lives = new Map<string, CompletedLifetime>()
  for (const compiled of liveCompiledRules(kind)) {
    const { rule, evaluator } = compiled
    const before = state.rules[compiled.key]
    if (evaluator.lifetimeSeries === undefined || before === undefined) continue
    if (!isOfPresentKey(before, compiled)) continue
    const { component } = rule
    const { metric, points } = evaluator.lifetimeSeries(before.memory)
    const key = `${component}/${metric}`
    if (points.length < Math.max(minPoints, lives.get(key)?.points.length ?? 0)) continue
    const epoch = epochOf(state, component)
    const beginning = lifetimeStart(state.device, epoch)
    lives.set(key, {
      component,
      metric,
      epoch: epoch.number,
      ...(epoch.services === undefined ? {} : { services: epoch.services }),
      ...(beginning === undefined ? {} : { since: beginning }),
      points,
    })
  }
  return [...lives.values()]
}

/** Return whether the memory of a rule is of its present detector. */
function isOfPresentKey({ stateKey }: RuleState, { evaluator }: CompiledRule): boolean {
  return presentStateKey(stateKey) === evaluator.stateKey
}

/** Return the rules that contribute. Shadow rules do not: they must not change the assessments of live rules. */
function liveCompiledRules({ rules }: CompiledKind): CompiledRule[] {
  return [...rules.values()].filter(({ trialMark }) => !trialMark.shadow)
}

function isSameMetric(a: CompletedLifetime, b: CompletedLifetime): boolean {
  return a.component === b.component && a.metric === b.metric
}

function toLifetimeContribution(
  { device }: DeviceState,
  completed: CompletedLifetime,
  finished: boolean,
): LifetimeContribution {
  const { component, metric, epoch, services = 0, since, points } = completed
  const life = { ...describeLifetime(device, { number: epoch, services }, since), points }
  return { lifetimeKey: lifetimeKey(device.kind, component, metric), lifetime: life, isCompleted: finished }
}
