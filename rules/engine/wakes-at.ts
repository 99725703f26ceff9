import { noLessons } from '../../contract/fleet-model.ts'
import { circumstancesOf } from './circumstances.ts'
import type { Compiled, CompiledKind } from './compile.ts'
import type { DeviceState } from './engine.ts'

const always = Number.NEGATIVE_INFINITY
const never = Number.POSITIVE_INFINITY

/** The earliest moment at which a tick may change something, as long as nothing else is told of the device. */
export function wakesAt(state: DeviceState, kind: CompiledKind): number {
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
