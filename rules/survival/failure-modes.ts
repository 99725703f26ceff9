import type { CurveStep } from './kaplan-meier.ts'
import { type ObservedLifetime, prepareLifetimes } from './observed-lifetime.ts'
import { riskSetsOf } from './risk-sets.ts'

/** Step of the incidence of a failure mode. */
type IncidenceStep = Pick<CurveStep, 'age' | 'value'>

/** One of several failure modes, each of which ends the lifetime. */
export interface FailureMode {
  mode: string
  /** Number of lifetimes that it ended. */
  failures: number
  /** Share of all parts that have failed in this mode by each age. */
  incidence: readonly IncidenceStep[]
}

/**
 * Return the cumulative incidence of each failure mode (O. O. Aalen and S. Johansen, Scandinavian Journal of Statistics 5,
 * 1978): the modes add up to the share that has failed at all, whereas one minus the Kaplan–Meier curve of a single mode
 * counts parts that another mode has ended already. The most frequent one is first.
 * @throws LifetimeError
 */
export function failureModes(lifetimes: readonly ObservedLifetime[]): FailureMode[] {
  const counts = new Map<string, number>()
  for (const { failed, mode = '' } of lifetimes) if (failed) counts.set(mode, (counts.get(mode) ?? 0) + 1)
  const incidences = new Map(
    [...counts.keys()].map((mode) => [mode, { steps: [] as IncidenceStep[], sum: 0 }]),
  )
  let survival = 1
  for (const { age, atRisk, failures, byMode } of riskSetsOf(prepareLifetimes(lifetimes))) {
    for (const [mode, weight] of byMode) {
      const incidence = incidences.get(mode)
      if (incidence === undefined) continue
      incidence.sum += (survival * weight) / atRisk
      incidence.steps.push({ age, value: incidence.sum })
    }
    survival *= Math.max(0, atRisk - failures) / atRisk
  }
  return [...counts]
    .map(([mode, failures]) => ({ mode, failures, incidence: incidences.get(mode)?.steps ?? [] }))
    .sort((a, b) => b.failures - a.failures || (a.mode < b.mode ? -1 : 1))
}
