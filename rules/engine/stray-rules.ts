import type { DeviceState } from '../engine.ts'
import type { Finding } from '../finding.ts'
import type { CompiledKind } from './compile.ts'
import { epochOf } from './epochs.ts'
import { findingOf } from './finding-of.ts'

/**
 * The state without rules that no longer exist for the device, or now watch another component: what they had
 * raised is cleared, for nobody else would ever do it.
 */
export function withoutStrayRules(
  state: DeviceState,
  kind: CompiledKind,
  at: number,
): { state: DeviceState; findings: Finding[] } {
  const strays = Object.keys(state.rules).filter((name) => isStray(state, name, kind))
  if (strays.length === 0) return { state, findings: [] }
  const rules = { ...state.rules }
  for (const name of strays) delete rules[name]
  const findings = strays.flatMap((name) => clearedStray(state, name, at))
  return { state: { ...state, rules }, findings }
}

function isStray(state: DeviceState, name: string, kind: CompiledKind): boolean {
  return kind.rules.get(name)?.rule.component !== state.rules[name]?.component
}

function clearedStray(state: DeviceState, name: string, at: number): Finding[] {
  const stray = state.rules[name]
  if (stray?.active === undefined) return []
  const { component, version, episode, active } = stray
  const change = { state: 'cleared', episode, update: active.updates } as const
  const rule = { name, version, component, severity: active.severity, notice: undefined, ticket: undefined }
  const evidence = { detector: stray.remembers, points: [] }
  return [
    findingOf(rule, change, {
      device: state.device.id,
      epoch: epochOf(state, component).number,
      at,
      evidence,
    }),
  ]
}
