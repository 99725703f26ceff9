import { type FailureMode, failureModes } from './failure-modes.ts'
import { fitCohortWeibulls } from './fit-weibull.ts'
import { type CurveStep, kaplanMeier } from './kaplan-meier.ts'
import type { ObservedLifetime } from './observed-lifetime.ts'
import { type ReplacementAge, type ReplacementCosts, replacementAge } from './replacement-age.ts'
import type { Estimate, ExpectedCount, WeibullPosterior } from './weibull-posterior.ts'

/** Lifetime with what a summary by region needs. */
export interface PartLifetime extends ObservedLifetime {
  /** Still in use at its age; a part that is censored otherwise was removed or lost sight of. */
  isRunning?: boolean
  region?: string
}

export interface StatisticsOptions {
  /** Times from now on for which failures of running parts are expected, in the unit of the ages. */
  horizons: readonly number[]
  costs?: ReplacementCosts | undefined
}

/** Expected failures of the running parts of one region, by horizon. */
interface RegionalFailures {
  /** Empty where the region is unknown. */
  region: string
  running: number
  expected: readonly (ExpectedCount & { within: number })[]
}

/** Lifetime statistics of the parts of one cohort. */
export interface CohortStatistics {
  cohort: string
  parts: number
  failures: number
  running: number
  shape: Estimate
  scale: Estimate
  b10: Estimate
  b50: Estimate
  /** Share that survives each age, from the lifetimes alone. */
  survival: readonly CurveStep[]
  /** The same by the fitted distribution. */
  fitted: readonly CurveStep[]
  modes: readonly (Pick<FailureMode, 'mode' | 'failures'> & { incidence: number })[]
  regions: readonly RegionalFailures[]
  replacement?: ReplacementAge
}

/** Most steps of a curve: a picture shows no more. */
const maxSteps = 120
const fittedSteps = 40

/**
 * Compute the lifetime statistics of each cohort; cohorts with few failures borrow from the others.
 * @throws LifetimeError
 */
export function lifetimeStatistics(
  lifetimes: readonly PartLifetime[],
  options: StatisticsOptions,
): CohortStatistics[] {
  const { cohorts } = fitCohortWeibulls(lifetimes)
  return [...cohorts].map(([cohort, weibull]) =>
    statisticsOf(
      cohort,
      lifetimes.filter((lifetime) => (lifetime.cohort ?? '') === cohort),
      { ...options, weibull },
    ),
  )
}

function statisticsOf(
  cohort: string,
  lifetimes: readonly PartLifetime[],
  { weibull, horizons, costs }: StatisticsOptions & { weibull: WeibullPosterior },
): CohortStatistics {
  const running = lifetimes.filter(({ isRunning = false }) => isRunning)
  const [shape, scale] = [weibull.shape, weibull.scale]
  const oldest = lifetimes.reduce((most, { age }) => Math.max(most, age), 0)
  return {
    cohort,
    parts: weightOf(lifetimes),
    failures: weightOf(lifetimes.filter(({ failed }) => failed)),
    running: weightOf(running),
    shape,
    scale,
    b10: weibull.quantile(0.1),
    b50: weibull.quantile(0.5),
    survival: thin(kaplanMeier(lifetimes)),
    fitted: Array.from({ length: fittedSteps + 1 }, (_, n) => {
      const age = (oldest * n) / fittedSteps
      return { age, ...weibull.survivalBounds(age) }
    }),
    modes: failureModes(lifetimes).map(({ mode, failures, incidence }) => ({
      mode,
      failures,
      incidence: incidence.at(-1)?.value ?? 0,
    })),
    regions: regionsOf(running, horizons, weibull),
    ...(costs === undefined
      ? {}
      : { replacement: replacementAge({ shape: shape.value, scale: scale.value }, costs) }),
  }
}

function regionsOf(
  running: readonly PartLifetime[],
  horizons: readonly number[],
  weibull: WeibullPosterior,
): RegionalFailures[] {
  const names = [...new Set(running.map(({ region = '' }) => region))].sort()
  return names.map((name) => {
    const parts = running.filter(({ region = '' }) => region === name)
    const expected = horizons.map((within) => ({ within, ...weibull.expectedFailures(parts, within) }))
    return { region: name, running: weightOf(parts), expected }
  })
}

/** Sampled parts may stand for a fraction more or less than whole ones. */
function weightOf(lifetimes: readonly ObservedLifetime[]): number {
  return Math.round(lifetimes.reduce((sum, { weight = 1 }) => sum + weight, 0))
}

function thin(steps: readonly CurveStep[]): CurveStep[] {
  const every = Math.ceil(steps.length / maxSteps)
  return steps.filter((_, n) => n % every === 0 || n === steps.length - 1)
}
