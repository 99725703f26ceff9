import type { HistorySource } from '../detectors/detector.ts'
import type { CompiledKind } from '../engine/compile.ts'
import type { DeviceState, PartHistory } from '../engine/engine.ts'
import { describeLifetime, epochOf, lifetimeStart } from '../engine/evaluation-context.ts'

/** Most histories of former parts that a device keeps per key. */
const maxCompletedPerKey = 2

/** Return what the parts of a device contribute to hazards and health models: those in use, and the last ones that were replaced. */
export function historiesOf(state: DeviceState, kind: CompiledKind): PartHistory[] {
  const { newestReadingAt, completedHistories = [] } = state
  const running =
    newestReadingAt === undefined ? [] : present(state, kind, { until: newestReadingAt, failed: false })
  const wanted = new Set(historyRules(kind).map(({ key }) => key))
  return [...completedHistories.filter((history) => wanted.has(history.historyKey)), ...running]
}

interface HistoryEnd {
  until: number
  failed: boolean
}

/** Return the histories of former parts after the present part of a component has ended. */
export function withCompletedHistories(
  state: DeviceState,
  kind: CompiledKind,
  { component, ...end }: HistoryEnd & { component: string },
): readonly PartHistory[] {
  const kept = [...(state.completedHistories ?? []), ...present(state, kind, end, component)]
  return kept.filter((history, index) => {
    const later = kept.slice(index + 1).filter((other) => other.historyKey === history.historyKey)
    return later.length < maxCompletedPerKey
  })
}

function present(state: DeviceState, kind: CompiledKind, end: HistoryEnd, only?: string): PartHistory[] {
  return historyRules(kind).flatMap(({ key, component, ruleKey, stateKey, source }): PartHistory[] => {
    const known = state.rules[ruleKey]
    if (only !== undefined && component !== only) return []
    if (known === undefined || known.stateKey !== stateKey) return []
    const looks = source.looks(known.memory)
    const epoch = epochOf(state, component)
    const startedAt = lifetimeStart(state.device, epoch) ?? looks[0]
    if (startedAt === undefined || looks[0] === undefined || end.until <= looks[0]) return []
    const { partId = '' } = describeLifetime(state.device, epoch, startedAt)
    const { model } = state.device
    return [
      {
        historyKey: key,
        partId,
        ...(model === undefined ? {} : { cohort: model }),
        startedAt,
        looks: [...looks],
        ...end,
      },
    ]
  })
}

interface HistoryRule {
  key: string
  component: string
  ruleKey: string
  stateKey: string
  source: HistorySource<unknown>
}

/** Return the rules with a history, one for each key. */
function historyRules({ liveRules }: CompiledKind): HistoryRule[] {
  const rules = new Map<string, HistoryRule>()
  for (const { key: ruleKey, rule, evaluator } of liveRules) {
    const { history: source, stateKey } = evaluator
    if (source === undefined || rules.has(source.key)) continue
    rules.set(source.key, { key: source.key, component: rule.component, ruleKey, stateKey, source })
  }
  return [...rules.values()]
}
