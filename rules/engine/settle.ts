import type { Finding } from '../../contract/finding.ts'
import type { Rule } from '../files/rule.ts'
import { circumstancesOf } from './circumstances.ts'
import type { Compiled, CompiledKind } from './compile.ts'
import type { DeviceState, RuleInput, RuleState } from './engine.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'
import { type Judgement, raise, without } from './lifecycle.ts'
import type { StepContext } from './on-reading.ts'
import { carriedOver, freshState } from './rule-state.ts'
import { trialOf } from './trial-key.ts'

type SettlingInput = Exclude<RuleInput, { type: 'device' }>

interface Settling extends StepContext {
  state: DeviceState
  /** Those of the state, as far as they are settled. */
  rules: Record<string, RuleState>
  input: SettlingInput
}

/**
 * Brings a device's state in line with the rules in force, before anything else is made of an input. A version that is
 * live now takes over from its trial. What else no longer exists for the device, or watches another component now, goes:
 * what it had raised is cleared, for nobody else would ever do it. A trial begins where its live rule stands.
 */
export function settled(
  state: DeviceState,
  input: SettlingInput,
  context: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const { kind } = context
  // In order of name: that of a rule comes before those of its trials.
  const strays = Object.keys(state.rules)
    .filter((key) => isStray(state, key, kind))
    .sort()
  const begun = kind.trials.filter(({ key }) => state.rules[key] === undefined)
  if (strays.length === 0 && begun.length === 0) return { state, findings: [] }
  const rules = { ...state.rules }
  const settling = { ...context, state, rules, input }
  const findings = strays.flatMap((key) => withoutStray(key, settling))
  for (const compiled of begun) rules[compiled.key] = forked(compiled, rules[compiled.rule.name])
  return { state: { ...state, rules }, findings }
}

function isStray({ rules }: DeviceState, key: string, kind: CompiledKind): boolean {
  return kind.rules.get(key)?.rule.component !== rules[key]?.component
}

/** A trial begins with all that the live rule knows and has raised: what differs from then on is the versions' doing. */
function forked(compiled: Compiled, live: RuleState | undefined): RuleState {
  return live?.component === compiled.rule.component ? carriedOver(compiled, live) : freshState(compiled)
}

function withoutStray(key: string, settling: Settling): Finding[] {
  const stray = settling.rules[key]
  if (stray === undefined) return []
  delete settling.rules[key]
  const heir = heirOf(key, stray, settling)
  return heir === undefined ? cleared(key, stray, settling) : inherited(heir, stray, settling)
}

/** The live rule that goes on with the state of its trial. */
function heirOf(
  key: string,
  { version, component }: RuleState,
  { kind, rules }: Settling,
): Compiled | undefined {
  const trial = trialOf(key)
  const live = trial && kind.rules.get(trial.rule)
  if (live?.rule.version !== version || live.rule.component !== component) return undefined
  return rules[live.key]?.version === version ? undefined : live
}

function inherited({ key, rule, watch, trial }: Compiled, from: RuleState, settling: Settling): Finding[] {
  const { state, rules, lessons, input } = settling
  const before = rules[key]
  const at = momentOf(input, [from, before])
  const { state: next, change } = takenOver(rule, { before, trial: from, at })
  rules[key] = next
  if (change === undefined) return []
  const { component } = rule
  const evidence = watch.evidence(next.memory, circumstancesOf(state, component, lessons))
  const epoch = epochOf(state, component).number
  return [findingOf(rule, change, { device: state.device.id, epoch, at, evidence, trial })]
}

function cleared(key: string, stray: RuleState, { state, input }: Settling): Finding[] {
  if (stray.active === undefined) return []
  const { component, version, episode, active } = stray
  const trial = trialOf(key)
  const rule = {
    name: trial?.rule ?? key,
    version,
    component,
    severity: active.severity,
    notice: undefined,
    ticket: undefined,
  }
  const change = { state: 'cleared', episode, update: active.updates } as const
  return [
    findingOf(rule, change, {
      device: state.device.id,
      epoch: epochOf(state, component).number,
      at: momentOf(input, [stray]),
      evidence: { detector: stray.remembers, points: [] },
      trial: trial === undefined ? {} : { shadow: true, trial: trial.since },
    }),
  ]
}

/** When it happens, in event time: never before what these rules have judged or raised. */
function momentOf(input: SettlingInput, states: readonly (RuleState | undefined)[]): number {
  const judged = states.flatMap((state) => state?.judgedAt ?? [])
  const raised = states.flatMap((state) => state?.active?.at ?? [])
  switch (input.type) {
    case 'reading':
      return Math.max(input.reading.ts, ...judged, ...raised)
    case 'part_replaced':
      return Math.max(input.ts, ...judged, ...raised)
    default:
      // The clock says nothing of a device that lives in other times: only rules that go by the clock go by it here.
      return judged.length > 0 ? Math.max(...judged, ...raised) : input.at
  }
}

/**
 * The state of a rule that goes on where the trial of the same version stood. What people were told is what the version
 * before told them, so that it is made good here: raised is what only the trial had raised, cleared what only the
 * version before had, unless the trial is waiting to raise it too.
 */
function takenOver(
  rule: Rule,
  { before, trial, at }: { before: RuleState | undefined; trial: RuleState; at: number },
): Judgement {
  const { episode = 0, raisedAt, told, active } = before ?? {}
  const { active: found, raisedAt: _raised, told: _told, ...learnt } = trial
  const state: RuleState = {
    ...learnt,
    episode,
    ...(raisedAt === undefined ? {} : { raisedAt }),
    ...(told === undefined ? {} : { told }),
  }
  if (found !== undefined && active === undefined) {
    const { crossesAt } = found
    return raise(rule, state, { at, ...(crossesAt === undefined ? {} : { crossesAt }) })
  }
  if (active === undefined) return { state }
  if (found !== undefined || trial.badSince !== undefined) {
    return { state: { ...without('badSince', state), active } }
  }
  return { state, change: { state: 'cleared', episode, update: active.updates } }
}
