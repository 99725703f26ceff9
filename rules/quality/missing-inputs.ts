import type { MissingInput } from '../../contract/measurements.ts'
import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import type { CompiledKind, CompiledRule } from '../engine/compile.ts'
import type { DeviceState, InputsState } from '../engine/engine.ts'

/** How long a metric is waited for, ms and readings: some metrics are sent more rarely than others. */
const minWaitMs = 7 * dayMs
const minReadings = 10

/**
 * Find rules that can never raise anything for a device because a metric that they need never arrives: each once, after a
 * week and ten readings, for as long as it is missing.
 * @param reading screened, with derived metrics
 */
export function checkInputs(
  state: DeviceState,
  reading: Pick<Reading, 'ts' | 'values'>,
  kind: CompiledKind,
): readonly MissingInput[] {
  const inputs = recordArrivals(state.inputs, reading, kind)
  if (inputs === undefined || inputs === state.inputs) return noneMissing
  const isDue = inputs.readings >= minReadings && reading.ts - inputs.since >= minWaitMs
  const missing = isDue ? missingInputsOf(state, inputs.seen, kind) : []
  const reported = isDue ? missing.map(({ rule }) => rule) : (inputs.reported ?? [])
  state.inputs = { ...inputs, ...(reported.length > 0 ? { reported } : {}) }
  return missing.filter(({ rule }) => !inputs.reported?.includes(rule))
}

const noneMissing: readonly MissingInput[] = []

function missingInputsOf(
  { device }: DeviceState,
  seen: readonly string[],
  { rules }: CompiledKind,
): MissingInput[] {
  return [...rules.values()]
    .filter(({ trialMark }) => !trialMark.shadow)
    .flatMap((compiled) => {
      const metric = missingInput(compiled, seen)
      return metric === undefined ? [] : [{ device: device.id, rule: compiled.rule.name, metric }]
    })
}

/** Return the same object when nothing is new, so that the state of a device settles. */
function recordArrivals(
  before: InputsState | undefined,
  { ts, values }: Pick<Reading, 'ts' | 'values'>,
  { inputMetrics }: CompiledKind,
): InputsState | undefined {
  if (before !== undefined && isNothingNew(before, ts, values, inputMetrics)) return before
  const { seen = [], awaited: awaitedBefore = [] } = before ?? {}
  const unseen = inputMetrics.filter((metric) => !seen.includes(metric))
  const arrived = unseen.filter((metric) => values[metric] !== undefined)
  const awaited = unseen.filter((metric) => values[metric] === undefined)
  // At the first reading, and at the first one after a rule that needs another metric went live.
  const isNewWait = before === undefined || awaited.some((metric) => !awaitedBefore.includes(metric))
  const { since, newestAt, readings } = isNewWait ? { since: ts, newestAt: ts - 1, readings: 0 } : before
  const isCounted =
    awaited.length > 0 && ts > newestAt && (readings < minReadings || ts - since < 2 * minWaitMs)
  if (arrived.length === 0 && !isCounted) return before
  return {
    ...before,
    since,
    newestAt: Math.max(newestAt, ts),
    readings: Math.min(readings + (isCounted ? 1 : 0), minReadings),
    seen: arrived.length === 0 ? seen : [...seen, ...arrived],
    awaited,
  }
}

/** Return whether a reading shows nothing that is not known: what nearly every reading does, at no cost of memory. */
function isNothingNew(
  { seen, awaited = [], since, newestAt, readings }: InputsState,
  ts: number,
  values: Reading['values'],
  inputMetrics: readonly string[],
): boolean {
  let isWaiting = false
  for (const metric of inputMetrics) {
    if (seen.includes(metric)) continue
    if (values[metric] !== undefined || !awaited.includes(metric)) return false
    isWaiting = true
  }
  const isCounted = ts > newestAt && (readings < minReadings || ts - since < 2 * minWaitMs)
  return !isWaiting || !isCounted
}

/** Return a metric without which the rule has no assessment; undefined when all that it needs has arrived. */
function missingInput({ evaluator }: CompiledRule, seen: readonly string[]): string | undefined {
  const groups = evaluator.inputs ?? [evaluator.metrics]
  return groups.find((group) => group.length > 0 && !group.some((metric) => seen.includes(metric)))?.[0]
}
