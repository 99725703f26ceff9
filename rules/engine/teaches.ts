import { lifeSubject } from '../../contract/fleet-model.ts'
import type { Compiled, CompiledKind } from './compile.ts'
import type { DeviceState, FinishedLife, Taught, TaughtLife } from './engine.ts'
import { epochOf } from './epochs.ts'
import { beginningOf, partOf } from './part.ts'
import { carriedOver } from './rule-state.ts'

/** Lives that are over which a device keeps of each component and metric. */
const livesKept = 2
/** A course of fewer points teaches nothing. */
const leastPoints = 4

/** The courses of a device's parts, running and finished, and where it stands now. */
export function teaches(state: DeviceState, kind: CompiledKind): Taught {
  const running = runningLives(state, kind).map((life) => taughtLife(state, life, false))
  const finished = (state.finished ?? []).map((life) => taughtLife(state, life, true))
  const levels = live(kind).flatMap((compiled) => {
    const level = compiled.watch.level?.(carriedOver(compiled, state.rules[compiled.key]).memory)
    return level === undefined ? [] : [level]
  })
  return { lives: [...finished, ...running], levels }
}

/** The finished lives of a device after the present one of a component has ended. */
export function withFinished(
  state: DeviceState,
  kind: CompiledKind,
  component: string,
): readonly FinishedLife[] {
  const ended = runningLives(state, kind).filter((life) => life.component === component)
  const kept = [...(state.finished ?? []), ...ended]
  return kept.filter((life, index) => {
    const later = kept.slice(index + 1).filter((other) => isSame(life, other))
    return later.length < livesKept
  })
}

/** One of each component and metric: several rules may follow the same, the one that saw more tells. */
function runningLives(state: DeviceState, kind: CompiledKind): FinishedLife[] {
  const lives = new Map<string, FinishedLife>()
  for (const compiled of live(kind)) {
    const { rule, watch } = compiled
    const before = state.rules[compiled.key]
    if (watch.course === undefined || before?.remembers !== watch.remembers) continue
    const { component } = rule
    const { metric, points } = watch.course(before.memory)
    const key = `${component}/${metric}`
    if (points.length < Math.max(leastPoints, lives.get(key)?.points.length ?? 0)) continue
    const epoch = epochOf(state, component)
    const beginning = beginningOf(state.device, epoch)
    lives.set(key, {
      component,
      metric,
      epoch: epoch.number,
      ...(beginning === undefined ? {} : { since: beginning }),
      points,
    })
  }
  return [...lives.values()]
}

/** What is on trial teaches nobody: it may not change what the live rules say. */
function live({ rules }: CompiledKind): Compiled[] {
  return [...rules.values()].filter(({ trial }) => !trial.shadow)
}

function isSame(a: FinishedLife, b: FinishedLife): boolean {
  return a.component === b.component && a.metric === b.metric
}

function taughtLife({ device }: DeviceState, told: FinishedLife, finished: boolean): TaughtLife {
  const { component, metric, epoch, since, points } = told
  const life = { ...partOf(device, epoch, since), points }
  return { subject: lifeSubject(device.kind, component, metric), life, finished }
}
