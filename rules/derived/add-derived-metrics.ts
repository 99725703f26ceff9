import type { Derivation } from './derivation.ts'

type Values = Readonly<Record<string, number>>

/**
 * Add the derived metrics to the values of a reading. A derived metric is left out if one of its inputs and its `otherwise`
 * are missing, or if the result is infinite, not a number or out of range.
 * @returns the same object when nothing is added
 */
export function addDerivedMetrics(values: Values, derivations: readonly Derivation[]): Values {
  let all = values
  for (const { metric, inputs, range, otherwise, evaluate } of derivations) {
    const isMissing = inputs.some((input) => all[input] === undefined)
    const value = isMissing ? all[otherwise ?? ''] : evaluate(all)
    if (value === undefined || !(value >= range[0] && value <= range[1])) continue
    all = { ...all, [metric]: value }
  }
  return all
}
