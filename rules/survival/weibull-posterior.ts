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
/** Distributions that stand for all possible ones: enough for bounds, few enough for curves and large fleets. */
const drawCount = 1_000
/** Every which of them counts the failures of a fleet. */
const drawsPerCount = 5
const sdTo80 = 1.2816

/**
 * Weibull distribution as far as lifetimes tell: a mixture of all that are possible after them. Its survival is averaged over
 * them, so that few failures give wide tails and bounds instead of a false certainty.
 */
export class WeibullPosterior {
  readonly #nodes: readonly WeibullNode[]
  readonly #reference: number
  #draws: readonly Draw[] | undefined

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
    return this.#estimate(({ shape, atReference }) => this.#reference * (hazard / atReference) ** (1 / shape))
  }

  /** Return the share of parts that are still running at an age. */
  survival(age: number): number {
    return this.#average((node) => survivalOf(node, age / this.#reference))
  }

  /** Return the share of parts still running at an age with its bounds. */
  survivalBounds(age: number): Estimate {
    return this.#estimate(({ shape, atReference }) =>
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
    const draws = this.#allDraws().filter((_, n) => n % drawsPerCount === 0)
    for (const { shape, atReference } of draws) {
      let expected = 0
      for (const { age, weight = 1 } of running) {
        const [x, then] = [age / this.#reference, (age + further) / this.#reference]
        const share = -Math.expm1(-atReference * (then ** shape - x ** shape))
        expected += weight * share
        spread += (weight * share * (1 - share)) / draws.length
      }
      mean += expected / draws.length
      square += expected ** 2 / draws.length
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

  #estimate(of: (draw: Draw) => number): Estimate {
    const values = this.#allDraws().map(of)
    values.sort((a, b) => a - b)
    const at = (share: number) => values[Math.floor(share * values.length)] ?? Number.NaN
    return { value: at(0.5), lower: at(0.1), upper: at(0.9) }
  }

  #allDraws(): readonly Draw[] {
    this.#draws ??= drawFrom(this.#nodes)
    return this.#draws
  }
}

/** One possible distribution; all are as likely. */
interface Draw {
  shape: number
  /** Cumulative hazard at the reference age. */
  atReference: number
}

/** Draw distributions at equal distances along all possible ones, so that the same nodes give the same draws. */
function drawFrom(nodes: readonly WeibullNode[]): Draw[] {
  const total = nodes.reduce((sum, { weight }) => sum + weight, 0)
  const draws: Draw[] = []
  let sum = 0
  for (const { weight, shape, count, exposure } of nodes) {
    for (let n = 0; n < quantilesPerNode; n++) {
      sum += weight / total / quantilesPerNode
      while ((draws.length + 0.5) / drawCount < sum)
        draws.push({
          shape,
          atReference: gammaQuantile(count, (n + 0.5) / quantilesPerNode) / exposure,
        })
    }
  }
  return draws
}

/** A gamma distributed rate makes the survival a power (Lomax distribution of the time on the scale of hazard). */
function survivalOf({ shape, count, exposure }: WeibullNode, x: number): number {
  return (exposure / (exposure + x ** shape)) ** count
}

function failureShare({ shape, count, exposure }: WeibullNode, x: number, further: number): number {
  const hazard = (x + further) ** shape - x ** shape
  return 1 - (exposure / (exposure + hazard)) ** count
}
