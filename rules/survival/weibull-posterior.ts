import { gammaQuantile } from './gamma-distribution.ts'

/**
 * One possible Weibull distribution with its weight: the shape is given, the cumulative hazard at the reference age has a
 * gamma distribution of shape `count` and rate `exposure`.
 */
export interface WeibullNode {
  weight: number
  shape: number
  count: number
  exposure: number
}

/** Median of what is possible, with the bounds between which it lies with a probability of 80 %. */
export interface Estimate {
  value: number
  lower: number
  upper: number
}

/** Expected number of failures, with the bounds between which it lies with a probability of 80 %. */
export type ExpectedCount = Estimate

const quantilesPerNode = 24
const sdTo80 = 1.2816

/**
 * Weibull distribution as far as lifetimes tell: a mixture of all that are possible after them. Its survival is averaged over
 * them, so that few failures give wide tails and bounds instead of a false certainty.
 */
export class WeibullPosterior {
  readonly #nodes: readonly WeibullNode[]
  readonly #reference: number

  /** @param reference age at which the cumulative hazard of the nodes is meant */
  constructor(nodes: readonly WeibullNode[], reference: number) {
    this.#nodes = nodes
    this.#reference = reference
  }

  /** Shape: above 1 for parts that wear out, below 1 for those that fail early. */
  get shape(): Estimate {
    return this.#estimate(({ shape }) => shape)
  }

  /** Age by which 63.2 % have failed, in the unit of the ages. */
  get scale(): Estimate {
    return this.quantile(1 - Math.exp(-1))
  }

  /** Return the age by which a share of the parts has failed: 0.1 for B10. */
  quantile(share: number): Estimate {
    const hazard = -Math.log1p(-share)
    return this.#estimate(({ shape }, atReference) => this.#reference * (hazard / atReference) ** (1 / shape))
  }

  /** Return the share of parts that are still running at an age. */
  survival(age: number): number {
    return this.#average((node) => survivalOf(node, age / this.#reference))
  }

  /** Return the share of parts still running at an age with its bounds. */
  survivalBounds(age: number): Estimate {
    return this.#estimate(({ shape }, atReference) =>
      Math.exp(-atReference * (age / this.#reference) ** shape),
    )
  }

  /** Return the logarithm of the density of failures at an age, per unit of age. */
  logDensity(age: number): number {
    const x = age / this.#reference
    const density = this.#average((node) => {
      const { shape, count, exposure } = node
      return (survivalOf(node, x) * count * shape * x ** (shape - 1)) / (exposure + x ** shape)
    })
    return Math.log(density / this.#reference)
  }

  /**
   * Return the probability that a part fails within a further time.
   * @param age present age of a part that is among the lifetimes that this was fitted to
   */
  failureWithin(age: number, further: number): number {
    return this.#average((node) => failureShare(node, age / this.#reference, further / this.#reference))
  }

  /** Return how many of the running parts will fail within a further time; ages as in `failureWithin`. */
  expectedFailures(running: readonly { age: number; weight?: number }[], further: number): ExpectedCount {
    let [mean, square, spread] = [0, 0, 0]
    for (const node of this.#nodes) {
      let expected = 0
      for (const { age, weight = 1 } of running) {
        const share = failureShare(node, age / this.#reference, further / this.#reference)
        expected += weight * share
        spread += node.weight * weight * share * (1 - share)
      }
      mean += node.weight * expected
      // The rate itself is uncertain: a gamma distribution has the relative variance 1 / count.
      square += node.weight * expected ** 2 * (1 + 1 / node.count)
    }
    const sd = Math.sqrt(Math.max(0, square - mean ** 2) + spread)
    const total = running.reduce((sum, { weight = 1 }) => sum + weight, 0)
    return {
      value: mean,
      lower: Math.max(0, mean - sdTo80 * sd),
      upper: Math.min(total, mean + sdTo80 * sd),
    }
  }

  #average(of: (node: WeibullNode) => number): number {
    return this.#nodes.reduce((sum, node) => sum + node.weight * of(node), 0)
  }

  #estimate(of: (node: WeibullNode, atReference: number) => number): Estimate {
    const values = this.#nodes.flatMap((node) =>
      Array.from({ length: quantilesPerNode }, (_, n) => {
        const atReference = gammaQuantile(node.count, (n + 0.5) / quantilesPerNode) / node.exposure
        return { value: of(node, atReference), weight: node.weight / quantilesPerNode }
      }),
    )
    values.sort((a, b) => a.value - b.value)
    return {
      value: weightedQuantile(values, 0.5),
      lower: weightedQuantile(values, 0.1),
      upper: weightedQuantile(values, 0.9),
    }
  }
}

/** A gamma distributed rate makes the survival a power (Lomax distribution of the time on the scale of hazard). */
function survivalOf({ shape, count, exposure }: WeibullNode, x: number): number {
  return (exposure / (exposure + x ** shape)) ** count
}

function failureShare({ shape, count, exposure }: WeibullNode, x: number, further: number): number {
  const hazard = (x + further) ** shape - x ** shape
  return 1 - (exposure / (exposure + hazard)) ** count
}

function weightedQuantile(sorted: readonly { value: number; weight: number }[], share: number): number {
  let sum = 0
  for (const { value, weight } of sorted) {
    sum += weight
    if (sum >= share) return value
  }
  return sorted.at(-1)?.value ?? Number.NaN
}
