import { logGamma } from './gamma-distribution.ts'
import { integrateLog, logSumExp } from './integrate.ts'
import { type ObservedLifetime, type PreparedLifetime, prepareLifetimes } from './observed-lifetime.ts'
import { type WeibullNode, WeibullPosterior } from './weibull-posterior.ts'

/**
 * Standard deviation of the logarithm of the shape before any lifetime is seen, about 1: shapes of 0.36 to 2.8 are usual, and
 * twenty failures outweigh it. Chosen by leaving out units of eleven sets and whole sets; 0.6 to 1 do equally well.
 */
const shapePriorSd = 0.8
/**
 * Prior of the cumulative hazard at the mean age: half a failure in a quarter of it, which one part outweighs. Without the failure,
 * none would mean no hazard; without the age, parts that were hardly observed yet (first seen when they were old) would be
 * expected to fail at once.
 */
const [priorCount, priorExposure] = [0.5, 0.25]
const logShapeRange = [-3, 4] as const
/** How different cohorts may be: the shape of the gamma distribution of their rates, from alike to a factor of a thousand. */
const cohortSimilarities = [4, 1, 0.3]
/** Cohorts beyond this number, by name, count as alike. */
const maxCohorts = 100

export interface WeibullOptions {
  /** Standard deviation of the logarithm of the shape about 0 before any lifetime is seen. */
  shapeSd?: number
}

/** Fitted to lifetimes of several cohorts. */
export interface CohortWeibulls {
  /** All cohorts as one. */
  pooled: WeibullPosterior
  /** By cohort. */
  cohorts: ReadonlyMap<string, WeibullPosterior>
  /** A cohort that none of the lifetimes belongs to. */
  unseen: WeibullPosterior
}

/**
 * Fit a Weibull distribution to lifetimes, censored on the right and truncated on the left, by Bayes' rule with a weak prior on
 * its shape (log-normal about 1) and on its rate. Given the shape, the rate has a gamma distribution,
 * so only the shape is integrated by numbers (R. M. Soland, IEEE Transactions on Reliability R-18, 1969). It holds for
 * any number of failures, also for none: then the bounds are wide. Without lifetimes the result is the prior at the age 1.
 * @throws LifetimeError
 */
export function fitWeibull(
  lifetimes: readonly ObservedLifetime[],
  options: WeibullOptions = {},
): WeibullPosterior {
  return new Sums(prepareLifetimes(lifetimes), options).pooled().posterior
}

/**
 * Fit Weibull distributions of one shape to several cohorts, whose rates have a gamma distribution (shared frailty: D. G.
 * Clayton, Biometrika 65, 1978): cohorts with few failures are drawn towards the others, as far as the cohorts turn out to be
 * alike. How much they are is averaged over, by the evidence for each degree.
 * @throws LifetimeError
 */
export function fitCohortWeibulls(
  lifetimes: readonly ObservedLifetime[],
  options: WeibullOptions = {},
): CohortWeibulls {
  const prepared = prepareLifetimes(lifetimes)
  const sums = new Sums(prepared, options)
  const pooled = sums.pooled()
  const names = [...new Set(prepared.map(({ cohort }) => cohort))].sort()
  if (names.length < 2 || names.length > maxCohorts) {
    const cohorts = new Map(names.map((name) => [name, pooled.posterior]))
    return { pooled: pooled.posterior, cohorts, unseen: pooled.posterior }
  }
  const fits = [
    { is: 'alike' as const, ...pooled },
    ...cohortSimilarities.map((nu) => sums.different(nu, names)),
  ]
  const total = logSumExp(fits.map(({ logEvidence }) => logEvidence))
  const mixed = (nodesOf: (fit: (typeof fits)[number]) => readonly WeibullNode[]) =>
    new WeibullPosterior(
      fits
        .flatMap((fit) => {
          const share = Math.exp(fit.logEvidence - total)
          return nodesOf(fit).map((node) => ({ ...node, weight: node.weight * share }))
        })
        .filter(({ weight }) => weight > 1e-9),
      sums.reference,
    )
  const ofCohort = (name: string | undefined) =>
    mixed((fit) => (fit.is === 'alike' ? fit.nodes : fit.nodesOf(name)))
  return {
    pooled: pooled.posterior,
    cohorts: new Map(names.map((name) => [name, ofCohort(name)])),
    unseen: ofCohort(undefined),
  }
}

interface CohortSums {
  /** Number of failures. */
  failures: number
  /** Sum of `age ** shape` of all, less those at entry, ages as shares of the reference. */
  exposure: number
}

/** Possible distribution of cohorts that differ: shape, and typical cumulative hazard at the reference age. */
interface CohortNode {
  weight: number
  shape: number
  typical: number
}

/** Everything that the likelihood needs of the lifetimes. */
class Sums {
  /** Mean age: the priors are meant at this age, so that no unit of time matters. */
  readonly reference: number
  readonly #lifetimes: readonly PreparedLifetime[]
  readonly #failures: number
  /** Sum of the logarithms of the ages at failure. */
  readonly #logAges: number
  readonly #shapeSd: number
  readonly #exposures = new Map<number, ReadonlyMap<string, CohortSums>>()

  constructor(lifetimes: readonly PreparedLifetime[], { shapeSd = shapePriorSd }: WeibullOptions) {
    const weight = lifetimes.reduce((sum, each) => sum + each.weight, 0)
    const ages = lifetimes.reduce((sum, each) => sum + each.weight * each.age, 0)
    this.reference = weight > 0 ? ages / weight : 1
    this.#lifetimes = lifetimes
    this.#shapeSd = shapeSd
    const failed = lifetimes.filter((each) => each.failed)
    this.#failures = failed.reduce((sum, each) => sum + each.weight, 0)
    this.#logAges = failed.reduce((sum, each) => sum + each.weight * Math.log(each.age / this.reference), 0)
  }

  /** All cohorts alike. */
  pooled(): { posterior: WeibullPosterior; nodes: WeibullNode[]; logEvidence: number } {
    const count = this.#failures + priorCount
    const exposureAt = (shape: number) =>
      [...this.#cohortSums(shape).values()].reduce((sum, { exposure }) => sum + exposure, priorExposure)
    const { points, logIntegral } = integrateLog((logShape) => {
      const shape = Math.exp(logShape)
      return this.#logShapeFactor(logShape) + logGamma(count) - count * Math.log(exposureAt(shape))
    }, logShapeRange)
    const nodes = points.map(({ x, logWeight }) => {
      const shape = Math.exp(x)
      return { weight: Math.exp(logWeight - logIntegral), shape, count, exposure: exposureAt(shape) }
    })
    return { posterior: new WeibullPosterior(nodes, this.reference), nodes, logEvidence: logIntegral }
  }

  /** Cohorts whose rates have a gamma distribution of shape `nu` about a typical rate. */
  different(nu: number, names: readonly string[]) {
    const typicals = new Map<number, ReturnType<typeof integrateLog>>()
    const ofShape = (shape: number) => {
      const sums = [...this.#cohortSums(shape).values()]
      const logRates = sums.map(({ failures, exposure }) =>
        Math.log((failures + priorCount) / (exposure + priorExposure)),
      )
      const range = [Math.min(...logRates) - 6, Math.max(...logRates) + 6] as const
      const grid = integrateLog(
        (logTypical) =>
          priorCount * logTypical -
          priorExposure * Math.exp(logTypical) +
          logCohortEvidence(sums, nu, Math.exp(logTypical)),
        range,
      )
      typicals.set(shape, grid)
      return grid.logIntegral
    }
    const { points, logIntegral } = integrateLog(
      (logShape) => this.#logShapeFactor(logShape) + ofShape(Math.exp(logShape)),
      logShapeRange,
    )
    const nodes = points.flatMap(({ x, logWeight }): CohortNode[] => {
      const shape = Math.exp(x)
      const grid = typicals.get(shape)
      return (grid?.points ?? []).map((point) => ({
        weight: Math.exp(logWeight - logIntegral + point.logWeight - (grid?.logIntegral ?? 0)),
        shape,
        typical: Math.exp(point.x),
      }))
    })
    const likely = nodes.filter(({ weight }) => weight > 1e-6)
    const nodesOf = (name: string | undefined) =>
      likely.map(({ weight, shape, typical }): WeibullNode => {
        const own = name === undefined ? undefined : this.#cohortSums(shape).get(name)
        const { failures = 0, exposure = 0 } = own ?? {}
        return { weight, shape, count: nu + failures, exposure: nu / typical + exposure }
      })
    return { is: 'different' as const, logEvidence: logIntegral, nodesOf, names }
  }

  /** Prior of the shape, and the part of the likelihood in which the rate does not stand. */
  #logShapeFactor(logShape: number): number {
    const prior = -0.5 * (logShape / this.#shapeSd) ** 2
    return prior + this.#failures * logShape + (Math.exp(logShape) - 1) * this.#logAges
  }

  #cohortSums(shape: number): ReadonlyMap<string, CohortSums> {
    const known = this.#exposures.get(shape)
    if (known !== undefined) return known
    const sums = new Map<string, CohortSums>()
    for (const { age, enteredAt, failed, weight, cohort } of this.#lifetimes) {
      const exposure = (age / this.reference) ** shape - (enteredAt / this.reference) ** shape
      const own = sums.get(cohort)
      if (own === undefined) sums.set(cohort, { failures: failed ? weight : 0, exposure: weight * exposure })
      else {
        own.failures += failed ? weight : 0
        own.exposure += weight * exposure
      }
    }
    this.#exposures.set(shape, sums)
    return sums
  }
}

function logCohortEvidence(sums: readonly CohortSums[], nu: number, typical: number): number {
  const rate = nu / typical
  const own = nu * Math.log(rate) - logGamma(nu)
  return sums.reduce(
    (sum, { failures, exposure }) =>
      sum + own + logGamma(nu + failures) - (nu + failures) * Math.log(rate + exposure),
    0,
  )
}
