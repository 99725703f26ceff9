import { lifetimeKey } from '../../contract/fleet-model.ts'
import type { LifetimeExtent } from '../detectors/detector.ts'
import type { CompiledKind, CompiledRule } from '../engine/compile.ts'
import type {
  CompletedLifetime,
  Contribution,
  DeviceState,
  LevelContribution,
  LifetimeContribution,
  RuleState,
} from '../engine/engine.ts'
import { describeLifetime, epochOf, lifetimeStart, partId } from '../engine/evaluation-context.ts'
import { presentStateKey } from '../files/former-names.ts'
import { historiesOf } from './part-history.ts'

/** Most finished lifetimes that a device keeps per component and metric. */
const maxCompletedPerMetric = 2
/** Degradation paths with fewer points are not contributed. */
const minPoints = 4

/**
 * Return a device's contribution: lifetimes of its parts, running and finished, and its present levels.
 * @param isWanted whether the running lifetime of a part is wanted; by default any
 */
export function contributionOf(
  state: DeviceState,
  kind: CompiledKind,
  isWanted: (lifetimeKey: string, partId: string) => boolean = () => true,
): Contribution {
  const lifetimes: LifetimeContribution[] = []
  for (const life of state.completedLifetimes ?? []) lifetimes.push(toLifetimeContribution(state, life, true))
  for (const running of runningLifetimes(state, kind)) {
    if (isWanted(running.key, partIdOf(state, running)))
      lifetimes.push(toLifetimeContribution(state, listPoints(state, running), false))
  }
  const histories = historiesOf(state, kind)
  return { lifetimes, levels: levelsOf(state, kind), ...(histories.length > 0 ? { histories } : {}) }
}

function partIdOf(state: DeviceState, { compiled: { rule } }: RunningLifetime): string {
  return partId(state.device, epochOf(state, rule.component))
}

function levelsOf(state: DeviceState, { liveRules }: CompiledKind): LevelContribution[] {
  const levels: LevelContribution[] = []
  for (const compiled of liveRules) {
    const { key, evaluator } = compiled
    const ruleState = state.rules[key]
    if (evaluator.cohortLevel === undefined || ruleState === undefined) continue
    const level = isOfPresentKey(ruleState, compiled) ? evaluator.cohortLevel(ruleState.memory) : undefined
    if (level !== undefined) levels.push(level)
  }
  return levels
}

/** Return the finished lifetimes of a device after the present lifetime of a component has ended. */
export function withCompletedLifetimes(
  state: DeviceState,
  kind: CompiledKind,
  component: string,
): readonly CompletedLifetime[] {
  const ended = runningLifetimes(state, kind)
    .filter(({ compiled }) => compiled.rule.component === component)
    .map((running) => listPoints(state, running))
  const kept = [...(state.completedLifetimes ?? []), ...ended]
  return kept.filter((life, index) => {
    const later = kept.slice(index + 1).filter((other) => isSameMetric(life, other))
    return later.length < maxCompletedPerMetric
  })
}

/** Running lifetime of a part whose points are not listed yet. */
interface RunningLifetime {
  key: string
  compiled: CompiledRule
  memory: unknown
  extent: LifetimeExtent
}

/** Return one lifetime per component and metric: of several rules on the same metric, the one with the most points. */
function runningLifetimes({ rules }: DeviceState, { liveRules }: CompiledKind): RunningLifetime[] {
  const lives: RunningLifetime[] = []
  for (const compiled of liveRules) {
    const { evaluator } = compiled
    const before = rules[compiled.key]
    if (evaluator.lifetimeSeries === undefined || before === undefined) continue
    if (!isOfPresentKey(before, compiled)) continue
    const { memory } = before
    const extent = evaluator.lifetimeExtent?.(memory) ?? extentOf(evaluator.lifetimeSeries(memory))
    if (extent.count < minPoints) continue
    const key = keyOf(compiled, extent.metric)
    const other = lives.findIndex((life) => life.key === key)
    if (other < 0) lives.push({ key, compiled, memory, extent })
    else if (extent.count >= (lives[other]?.extent.count ?? 0))
      lives[other] = { key, compiled, memory, extent }
  }
  return lives
}

/** Keys of the rules' lifetimes: a new text for each device and day would have to be hashed each time. */
const knownKeys = new WeakMap<CompiledRule, { metric: string; key: string }>()

function keyOf(compiled: CompiledRule, metric: string): string {
  const known = knownKeys.get(compiled)
  if (known?.metric === metric) return known.key
  const { kind, component } = compiled.rule
  const key = lifetimeKey(kind, component, metric)
  knownKeys.set(compiled, { metric, key })
  return key
}

function extentOf({ metric, points }: Pick<CompletedLifetime, 'metric' | 'points'>): LifetimeExtent {
  return { metric, count: points.length, spanMs: (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0) }
}

function listPoints(
  state: DeviceState,
  { compiled: { rule, evaluator }, memory, extent: { metric } }: RunningLifetime,
): CompletedLifetime {
  const { component } = rule
  const epoch = epochOf(state, component)
  const beginning = lifetimeStart(state.device, epoch)
  return {
    component,
    metric,
    epoch: epoch.number,
    ...(epoch.services === undefined ? {} : { services: epoch.services }),
    ...(beginning === undefined ? {} : { since: beginning }),
    points: evaluator.lifetimeSeries?.(memory).points ?? [],
  }
}

/** Return whether the memory of a rule is of its present detector. */
function isOfPresentKey({ stateKey }: RuleState, { evaluator }: CompiledRule): boolean {
  return stateKey === evaluator.stateKey || presentStateKey(stateKey) === evaluator.stateKey
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
