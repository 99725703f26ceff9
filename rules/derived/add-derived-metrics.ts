import type { Derivation } from './derivation.ts'

type Values = Readonly<Record<string, number>>

/**
 * Add the derived metrics to the values of a reading. A derived metric is left out if one of its inputs and its `otherwise`
 * are missing, or if the result is infinite, not a number or out of range.
 * @returns the same object when nothing is added
 */
export function addDerivedMetrics(values: Values, derivations: readonly Derivation[]): Values {
  let copy: Record<string, number> | undefined
  for (const { metric, inputs, range, otherwise, evaluate } of derivations) {
    const all = copy ?? values
    const value = isComputable(inputs, all)
      ? evaluate(all)
      : otherwise === undefined
        ? undefined
        : all[otherwise]
    if (value === undefined || !(value >= range[0] && value <= range[1])) continue
    // To add a property to what a spread made takes V8 twenty times as long.
    copy ??= Object.assign({}, values)
    copy[metric] = value
  }
  return copy ?? values
}

/**
 * Add the derived metrics to the confirmed steps of a reading: a derived metric stepped when one of the metrics that it was
 * computed from did, at the time of the last of them.
 */
export function addDerivedSteps(steps: Values, values: Values, derivations: readonly Derivation[]): Values {
  let [allSteps, allValues] = [steps, values]
  for (const derivation of derivations) {
    const { metric, inputs, otherwise } = derivation
    const sources = isComputable(inputs, allValues) ? inputs : [otherwise ?? '']
    const times = sources.flatMap((source) => allSteps[source] ?? [])
    if (times.length > 0) allSteps = { ...allSteps, [metric]: Math.max(...times) }
    allValues = addDerivedMetrics(allValues, [derivation])
  }
  return allSteps
}

function isComputable(inputs: readonly string[], values: Values): boolean {
  for (const input of inputs) if (values[input] === undefined) return false
  return true
}
