import type { Device } from '../../contract/device.ts'
import type { Finding } from '../../contract/finding.ts'
import { noLessons } from '../../contract/fleet-model.ts'
import type { Kinds } from '../files/kinds.ts'
import { isExplained } from './causes.ts'
import { circumstancesOf } from './circumstances.ts'
import { type Compiled, type CompiledKind, compileRules, type RuleSet } from './compile.ts'
import type { DeviceState, Engine, RuleInput, Step } from './engine.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'
import { judge } from './lifecycle.ts'
import { onPartReplaced } from './on-part-replaced.ts'
import { onReading, type StepContext } from './on-reading.ts'
import { inOrder } from './reorder.ts'
import { carriedOver } from './rule-state.ts'
import { settled } from './settle.ts'
import { teaches } from './teaches.ts'

const always = Number.NEGATIVE_INFINITY
const never = Number.POSITIVE_INFINITY

/** The earliest moment at which a tick may change something, as long as nothing else is told of the device. */
function wakesAt(state: DeviceState, kind: CompiledKind): number {
  const { waiting = [] } = state
  const received = waiting.reduce((least, { receivedAt }) => Math.min(least, receivedAt), never)
  const rules = kind.waiting.map((compiled) => ruleWakesAt(state, compiled))
  return Math.min(received + kind.latenessMs, ...rules)
}

function ruleWakesAt(state: DeviceState, { key, rule, watch }: Compiled): number {
  const known = state.rules[key]
  const isCurrent = state.awaitedAt !== undefined && known?.version === rule.version
  if (!isCurrent || known.active !== undefined || known.badSince !== undefined) return always
  return watch.wakesAt?.(known.memory, circumstancesOf(state, rule.component, noLessons)) ?? always
}

export interface EngineOptions extends RuleSet {
  kinds: Kinds
}

/** The engine over a catalogue of rules. Rules of a kind that is not among `kinds` are never run. */
export function createEngine({ kinds, ...rules }: EngineOptions): Engine {
  const compiled = compileRules(kinds, rules)
  return {
    step(state, input, lessons = noLessons): Step {
      if (input.type === 'device') return announce(state, input.device)
      const kind = state && compiled.get(state.device.kind)
      if (!state || !kind) return { state, findings: [] }
      const context = { kind, lessons }
      const current = settled(state, input, context)
      const ordered = inOrder(current.state, input, kind.latenessMs)
      const findings = [...current.findings]
      let next = ordered.state
      for (const one of ordered.inputs) {
        const step = dispatch(next, one, context)
        next = step.state
        findings.push(...step.findings)
      }
      return { state: next, findings }
    },
    teaches(state) {
      const kind = compiled.get(state.device.kind)
      return kind ? teaches(state, kind) : { lives: [], levels: [] }
    },
    wakesAt(state) {
      const kind = compiled.get(state.device.kind)
      return kind ? wakesAt(state, kind) : Number.POSITIVE_INFINITY
    },
    needsTicks(name) {
      const kind = compiled.get(name)
      return kind !== undefined && (kind.waiting.length > 0 || kind.latenessMs > 0)
    },
  }
}

function announce(state: DeviceState | undefined, device: Device): Step {
  return { state: state ? { ...state, device } : { device, epochs: {}, rules: {} }, findings: [] }
}

function dispatch(state: DeviceState, input: Exclude<RuleInput, { type: 'device' }>, context: StepContext) {
  switch (input.type) {
    case 'reading':
      return onReading(state, input, context)
    case 'part_replaced':
      return onPartReplaced(state, input, context)
    case 'tick':
      return onTick(state, input, context)
    case 'lessons':
      return onLessons(state, input.at, context)
  }
}

/** Judges a cohort by new lessons. Nobody owns a cohort: its findings have neither notice nor ticket. */
function onLessons(
  state: DeviceState,
  at: number,
  { kind, lessons }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const rules = { ...state.rules }
  const findings: Finding[] = []
  for (const compiled of kind.rules.values()) {
    const { key, rule, watch, trial } = compiled
    if (watch.lessons === undefined) continue
    const { verdict, evidence } = watch.lessons(circumstancesOf(state, rule.component, lessons))
    const before = carriedOver(compiled, state.rules[key])
    const judged = judge({ ...rule, forMs: 0 }, before, { verdict, at, afterGap: false, explained: false })
    rules[key] = judged.state
    if (judged.change === undefined) continue
    const told = { ...rule, notice: undefined, ticket: undefined }
    findings.push(findingOf(told, judged.change, { device: state.device.id, epoch: 0, at, evidence, trial }))
  }
  return { state: { ...state, rules }, findings }
}

type Tick = Extract<RuleInput, { type: 'tick' }>

/** Lets time pass for the rules that wait for it. @returns the same state when nothing changed */
function onTick(
  state: DeviceState,
  { at, since = Number.NEGATIVE_INFINITY }: Tick,
  { kind, lessons }: StepContext,
): { state: DeviceState; findings: Finding[] } {
  const findings: Finding[] = []
  if (kind.waiting.length === 0) return { state, findings }
  const { heardAt, awaitedAt = heardAt ?? at } = state
  let next = state.awaitedAt === undefined ? { ...state, awaitedAt } : state
  const now = { at, listening: Math.max(since, awaitedAt) }
  for (const compiled of kind.waiting) {
    const { key, rule, watch, trial } = compiled
    if (watch.tick === undefined) continue
    const circumstances = circumstancesOf(state, rule.component, lessons)
    const before = carriedOver(compiled, state.rules[key])
    const { memory, verdict } = watch.tick(before.memory, now, circumstances)
    const told = memory === before.memory ? before : { ...before, memory }
    const moment = { verdict, at, afterGap: false, explained: isExplained(rule, next) }
    const judged = judge(rule, told, moment)
    if (judged.state === state.rules[key]) continue
    next = { ...next, rules: { ...next.rules, [key]: judged.state } }
    if (judged.change === undefined) continue
    const epoch = epochOf(state, rule.component).number
    const evidence = watch.evidence(memory, circumstances)
    const about = { device: state.device.id, epoch, at, evidence, trial }
    findings.push(findingOf(rule, judged.change, about))
  }
  return { state: next, findings }
}
