import type { Derivation } from './derivation.ts'

type Values = Readonly<Record<string, number>>

/**
 * The values of a reading with those that follow from them. A metric is left out where one of its inputs is missing and
 * nothing stands in for it, and where the result is infinite, no number, or out of its range.
 * @returns the same object where nothing follows
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
