import type { MissingInput } from '../../contract/measurements.ts'
import type { Reading } from '../../contract/reading.ts'
import { dayMs } from '../../lib/time.ts'
import type { CompiledKind, CompiledRule } from '../engine/compile.ts'
import type { DeviceState, InputsState } from '../engine/engine.ts'

/** A metric may be sent more rarely than others: so long it is waited for, ms, and expected intervals. */
const minWaitMs = 7 * dayMs
const minReadings = 10

/**
 * Find rules that can never raise anything for a device because a metric that they need never arrives: each once, after a
 * week and ten readings, for as long as it is missing.
 * @param reading screened, with derived metrics
 */
export function checkInputs(
  before: DeviceState,
  reading: Pick<Reading, 'ts' | 'values'>,
  kind: CompiledKind,
): { state: DeviceState; missingInputs: MissingInput[] } {
  const inputs = recordArrivals(before.inputs, reading, kind)
  if (inputs === before.inputs) return { state: before, missingInputs: [] }
  const isDue = inputs.readings >= minReadings && reading.ts - inputs.since >= minWaitMs
  const missing = isDue ? missingInputsOf(before, inputs.seen, kind) : []
  const reported = isDue ? missing.map(({ rule }) => rule) : (inputs.reported ?? [])
  return {
    state: { ...before, inputs: { ...inputs, ...(reported.length > 0 ? { reported } : {}) } },
    missingInputs: missing.filter(({ rule }) => !inputs.reported?.includes(rule)),
  }
}

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

/** Return the same object when nothing is new; so the state of a device settles. */
function recordArrivals(
  before: InputsState | undefined,
  { ts, values }: Pick<Reading, 'ts' | 'values'>,
  { inputMetrics }: CompiledKind,
): InputsState {
  const { since, newestAt, readings, seen } = before ?? { since: ts, newestAt: ts - 1, readings: 0, seen: [] }
  const arrived = inputMetrics.filter((metric) => values[metric] !== undefined && !seen.includes(metric))
  // Complete, there is nothing to wait for.
  const isWaiting = inputMetrics.some((metric) => !seen.includes(metric)) && ts > newestAt
  const isCounted = isWaiting && (readings < minReadings || ts - since < 2 * minWaitMs)
  if (before !== undefined && arrived.length === 0 && !isCounted) return before
  return {
    ...before,
    since,
    newestAt: Math.max(newestAt, ts),
    readings: Math.min(readings + (isCounted ? 1 : 0), minReadings),
    seen: arrived.length === 0 ? seen : [...seen, ...arrived],
  }
}

/** Return a metric without which the rule has no assessment; undefined when all that it needs has arrived. */
function missingInput({ evaluator }: CompiledRule, seen: readonly string[]): string | undefined {
  const groups = evaluator.inputs ?? [evaluator.metrics]
  return groups.find((group) => group.length > 0 && !group.some((metric) => seen.includes(metric)))?.[0]
}
