import type { CurveStep } from './kaplan-meier.ts'
import { LifetimeError } from './observed-lifetime.ts'

/** A system that is repaired and runs on. */
export interface RepairHistory {
  /** Age at which its observation began. Default 0. */
  from?: number
  /** Age at which its observation ended. */
  until: number
  /** Ages of its repairs, also several at one age. */
  repairs: readonly number[]
}

const sdTo80 = 1.2816

/**
 * Return the mean number of repairs of a system by each age (W. Nelson, Journal of Quality Technology 20, 1988), with bounds
 * by the variance between systems (J. F. Lawless and C. Nadeau, Technometrics 37, 1995), which needs no Poisson process.
 * The bounds are on a logarithmic scale, so that they stay above 0.
 * @throws LifetimeError for a history that ends before it begins, or a repair outside of it
 */
export function meanCumulativeRepairs(histories: readonly RepairHistory[]): CurveStep[] {
  histories.forEach(validateHistory)
  const ages = [...new Set(histories.flatMap(({ repairs }) => repairs))].sort((a, b) => a - b)
  const counts = histories.map(({ repairs }) => {
    const byAge = new Map<number, number>()
    for (const age of repairs) byAge.set(age, (byAge.get(age) ?? 0) + 1)
    return byAge
  })
  const deviations = histories.map(() => 0)
  let mean = 0
  return ages.map((age) => {
    const observed = histories.map(({ from = 0, until }) => from < age && age <= until)
    const atRisk = observed.filter(Boolean).length
    const total = counts.reduce((sum, byAge) => sum + (byAge.get(age) ?? 0), 0)
    const increment = total / atRisk
    mean += increment
    let variance = 0
    for (const [index, isObserved] of observed.entries()) {
      const own = (counts[index]?.get(age) ?? 0) - increment
      const deviation = (deviations[index] ?? 0) + (isObserved ? own / atRisk : 0)
      deviations[index] = deviation
      variance += deviation ** 2
    }
    const factor = Math.exp((sdTo80 * Math.sqrt(variance)) / mean)
    return { age, value: mean, lower: mean / factor, upper: mean * factor }
  })
}

function validateHistory({ from = 0, until, repairs }: RepairHistory, index: number): void {
  if (!(from >= 0 && until >= from && Number.isFinite(until)))
    throw new LifetimeError(
      `system ${index + 1}: it was observed from ${from} to ${until}, which is no interval of ages`,
    )
  const outside = repairs.find((age) => !(age > from && age <= until))
  if (outside !== undefined)
    throw new LifetimeError(
      `system ${index + 1}: the repair at ${outside} is not within its observation, ${from} to ${until}`,
    )
}
