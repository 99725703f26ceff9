import type { Device } from '../../contract/device.ts'
import { noLessons } from '../../contract/fleet-model.ts'
import type { Kinds } from '../files/kinds.ts'
import { compileRules, type RuleSet } from './compile.ts'
import type { DeviceState, Engine, RuleInput, Step } from './engine.ts'
import { onLessons } from './on-lessons.ts'
import { onPartReplaced } from './on-part-replaced.ts'
import { onReading, type StepContext } from './on-reading.ts'
import { onTick } from './on-tick.ts'
import { inOrder } from './reorder.ts'
import { settled } from './settle.ts'
import { teaches } from './teaches.ts'
import { wakesAt } from './wakes-at.ts'

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
