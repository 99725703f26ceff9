import { LifetimeError } from './observed-lifetime.ts'

/** Costs of one replacement, in any currency. */
export interface ReplacementCosts {
  /** Planned, before the part fails. */
  planned: number
  /** After a failure, with its consequences. */
  failure: number
}

/** Result of the search for the age at which replacement is cheapest. */
export type ReplacementAge =
  | {
      is: 'replace'
      /** Age at which a part that still runs is replaced. */
      age: number
      /** Cost per unit of age, and that of running every part until it fails. */
      costRate: number
      runToFailureRate: number
    }
  /** `no_wear`: old parts fail no more often than new ones. `no_saving`: replacement in time saves less than 1 %. */
  | { is: 'run_to_failure'; reason: 'no_wear' | 'no_saving'; runToFailureRate: number }

const steps = 2_000
/** Ages up to which this share has failed are searched. */
const searchedShare = 0.999
const worthwhile = 0.99

/**
 * Return the age at which to replace running parts, so that the cost per time is least in the long run (R. E. Barlow and
 * L. C. Hunter, Operations Research 8, 1960), for a Weibull distribution.
 * @param weibull shape, and scale in the unit of the result
 * @throws LifetimeError when a cost is not above 0
 */
export function replacementAge(
  { shape, scale }: { shape: number; scale: number },
  { planned, failure }: ReplacementCosts,
): ReplacementAge {
  if (!(planned > 0 && failure > 0))
    throw new LifetimeError(`the costs ${planned} (planned) and ${failure} (after a failure) must be above 0`)
  const step = (scale * (-Math.log(1 - searchedShare)) ** (1 / shape)) / steps
  let running = 0
  let survival = 1
  let best = { age: 0, costRate: Number.POSITIVE_INFINITY }
  for (let n = 1; n <= steps; n++) {
    const age = n * step
    const then = Math.exp(-((age / scale) ** shape))
    running += ((survival + then) / 2) * step
    survival = then
    const costRate = (planned * survival + failure * (1 - survival)) / running
    if (costRate < best.costRate) best = { age, costRate }
  }
  const runToFailureRate = failure / (running / searchedShare)
  if (shape <= 1) return { is: 'run_to_failure', reason: 'no_wear', runToFailureRate }
  return best.costRate < worthwhile * runToFailureRate
    ? { is: 'replace', ...best, runToFailureRate }
    : { is: 'run_to_failure', reason: 'no_saving', runToFailureRate }
}
