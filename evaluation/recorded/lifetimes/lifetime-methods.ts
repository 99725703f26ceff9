import { fitCohortWeibulls, fitWeibull } from '../../../rules/survival/fit-weibull.ts'
import type { ObservedLifetime } from '../../../rules/survival/observed-lifetime.ts'
import type { WeibullPosterior } from '../../../rules/survival/weibull-posterior.ts'

/** Log-likelihood of a lifetime: of its failure, or of its survival where it is censored. */
type LogLikelihood = (lifetime: ObservedLifetime) => number

/** Fits a distribution to lifetimes. */
type LifetimeMethod = (training: readonly ObservedLifetime[]) => LogLikelihood

/** Half a failure where there is none: a rate of 0 would make a failure impossible. */
const leastFailures = 0.5

/** A constant rate: failures per observed time. */
export const constantRate: LifetimeMethod = (training) => {
  const failures = training.filter(({ failed }) => failed).length
  const rate =
    Math.max(failures, leastFailures) /
    Math.max(
      sum(training, ({ age }) => age),
      Number.MIN_VALUE,
    )
  return ({ age, failed }) => (failed ? Math.log(rate) : 0) - rate * age
}

/** Weibull distributions of cohorts that borrow from each other. */
const cohortWeibull: LifetimeMethod = (training) => {
  const { cohorts, unseen } = fitCohortWeibulls(training)
  return (lifetime) => posteriorLikelihood(cohorts.get(lifetime.cohort ?? '') ?? unseen, lifetime)
}

/** One Weibull distribution with the weak prior. */
const weibull: LifetimeMethod = (training) => {
  const fit = fitWeibull(training)
  return (lifetime) => posteriorLikelihood(fit, lifetime)
}

/** Weibull distribution by maximum likelihood, without prior. */
const plainWeibull: LifetimeMethod = (training) => {
  const failed = training.filter((each) => each.failed && each.age > 0)
  if (failed.length === 0) return constantRate(training)
  const unit = sum(training, ({ age }) => age) / training.length
  const logs = sum(failed, ({ age }) => Math.log(age / unit))
  const exposureAt = (shape: number) => sum(training, ({ age }) => (age / unit) ** shape)
  const profile = (logShape: number) => {
    const shape = Math.exp(logShape)
    return failed.length * (logShape - Math.log(exposureAt(shape))) + (shape - 1) * logs
  }
  const shape = Math.exp(maximize(profile, [-4, 4.5]))
  const rate = failed.length / exposureAt(shape)
  return ({ age, failed: hasFailed }) => {
    const x = Math.max(age, Number.MIN_VALUE) / unit
    const density = Math.log((rate * shape) / unit) + (shape - 1) * Math.log(x)
    return (hasFailed ? density : 0) - rate * x ** shape
  }
}

const failuresPerInterval = 5

/** The Kaplan–Meier estimate as a density: constant rates between every fifth age at failure. */
const rateByAge: LifetimeMethod = (training) => {
  const ages = training.flatMap(({ age, failed }) => (failed ? [age] : [])).sort((a, b) => a - b)
  const ends = ages.filter((_, n) => n % failuresPerInterval === failuresPerInterval - 1)
  const bounds = [0, ...new Set(ends.slice(0, -1)), Number.POSITIVE_INFINITY]
  const pieces = bounds.slice(0, -1).map((from, n) => {
    const to = bounds[n + 1] ?? Number.POSITIVE_INFINITY
    const exposure = sum(training, ({ age }) => timeWithin(age, from, to))
    const failures = training.filter(({ age, failed }) => failed && age > from && age <= to).length
    return { from, to, rate: Math.max(failures, leastFailures) / Math.max(exposure, Number.MIN_VALUE) }
  })
  return ({ age, failed }) => {
    const own = pieces.find(({ from, to }) => age > from && age <= to) ?? pieces[0]
    const hazard = pieces.reduce((all, { from, to, rate }) => all + rate * timeWithin(age, from, to), 0)
    return (failed ? Math.log(own?.rate ?? 0) : 0) - hazard
  }
}

/** Methods by name; the first one is the product's. */
export const lifetimeMethods = {
  forewarn: cohortWeibull,
  weibull,
  plainWeibull,
  rateByAge,
} as const satisfies Record<string, LifetimeMethod>

export type LifetimeMethodName = keyof typeof lifetimeMethods

export const lifetimeMethodTitles: Readonly<Record<LifetimeMethodName, string>> = {
  forewarn: 'Forewarn',
  weibull: 'Weibull, one for all',
  plainWeibull: 'Weibull without prior',
  rateByAge: 'rates by age',
}

function posteriorLikelihood(fit: WeibullPosterior, { age, failed }: ObservedLifetime): number {
  return failed ? fit.logDensity(age) : Math.log(fit.survival(age))
}

function timeWithin(age: number, from: number, to: number): number {
  return Math.max(0, Math.min(age, to) - from)
}

function sum<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((all, item) => all + amountOf(item), 0)
}

const goldenShare = (Math.sqrt(5) - 1) / 2
const goldenSteps = 60

/** Return where a function with one peak is highest (golden section). */
function maximize(of: (x: number) => number, [from, to]: readonly [number, number]): number {
  let [low, high] = [from, to]
  for (let n = 0; n < goldenSteps; n++) {
    const [left, right] = [high - goldenShare * (high - low), low + goldenShare * (high - low)]
    if (of(left) < of(right)) low = left
    else high = right
  }
  return (low + high) / 2
}
