import type { Derivation } from './derivation.ts'

type Values = Readonly<Record<string, number>>

/**
 * The values of a reading with those that follow from them. A metric is left out where one of its inputs is missing,
 * and where the result is infinite, no number, or out of its range.
 * @returns the same object where nothing follows
 */
export function withDerived(values: Values, derivations: readonly Derivation[]): Values {
  let all = values
  for (const { metric, inputs, range, evaluate } of derivations) {
    if (inputs.some((input) => all[input] === undefined)) continue
    const value = evaluate(all)
    if (!(value >= range[0] && value <= range[1])) continue
    all = { ...all, [metric]: value }
  }
  return all
}
