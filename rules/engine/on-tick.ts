import type { DeviceState } from '../engine.ts'
import type { Finding } from '../finding.ts'
import type { CompiledKind } from './compile.ts'
import { judgePresence } from './presence.ts'

/** Lets time pass. For a device never heard, silence counts from the first tick. */
export function onTick(
  state: DeviceState,
  at: number,
  kind: CompiledKind,
): { state: DeviceState; findings: Finding[] } {
  if (kind.presence.length === 0) return { state, findings: [] }
  const heard = state.heardAt === undefined ? { ...state, heardAt: at } : state
  return judgePresence(heard, at, kind)
}
