/** One trial: did it happen? */
export interface Trial {
  x: ArrayLike<number>
  happened: boolean
  weight: number
  /** Added to the linear predictor: the logarithm of the share of the interval that was observed. */
  offset: number
}

export interface LogisticFit {
  intercept: number
  coefficients: readonly number[]
}

const maxIterations = 60
const converged = 1e-7
const maxHalvings = 20
/** Penalty of the intercept: only so large that it stays finite where nothing or everything happened. */
const interceptPenalty = 1e-3

/**
 * Fit a logistic regression whose coefficients are shrunk towards 0 (S. le Cessie and J. C. van Houwelingen, Applied
 * Statistics 41, 1992), by Newton's method with step halving. Without trials every coefficient is 0.
 * @param penalty of each coefficient: half of it times its square is taken from the log-likelihood
 */
export function fitRidgeLogistic(trials: readonly Trial[], penalties: readonly number[]): LogisticFit {
  const size = penalties.length + 1
  const all = [interceptPenalty, ...penalties]
  let beta: Float64Array = new Float64Array(size)
  const start = logOddsOf(trials)
  beta[0] = start
  const objective = (at: Float64Array) => logPosterior(trials, at, { penalties: all, start })
  let value = objective(beta)
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const step = newtonStep(trials, beta, { penalties: all, start })
    const next = bestAlong(beta, step, objective, value)
    const gain = next.value - value
    beta = next.beta
    value = next.value
    if (gain < converged) break
  }
  return { intercept: beta[0] ?? start, coefficients: [...beta.subarray(1)] }
}

interface Prior {
  penalties: readonly number[]
  /** Centre of the intercept. */
  start: number
}

function bestAlong(
  beta: Float64Array,
  step: readonly number[],
  objective: (at: Float64Array) => number,
  before: number,
): { beta: Float64Array; value: number } {
  for (let halving = 0, share = 1; halving < maxHalvings; halving++, share /= 2) {
    const next = beta.map((each, n) => each + share * (step[n] ?? 0))
    const value = objective(next)
    if (value >= before) return { beta: next, value }
  }
  return { beta, value: before }
}

/** Log-odds of the mean, with half a trial of each outcome added, less the mean offset: where the intercept begins. */
function logOddsOf(trials: readonly Trial[]): number {
  let [happened, not, offsets] = [0.5, 0.5, 0]
  for (const trial of trials) {
    if (trial.happened) happened += trial.weight
    else not += trial.weight
    offsets += trial.weight * trial.offset
  }
  return Math.log(happened / not) - offsets / (happened + not)
}

export function linearPredictor(beta: ArrayLike<number>, { x, offset }: Pick<Trial, 'x' | 'offset'>): number {
  let sum = (beta[0] ?? 0) + offset
  for (let n = 0; n < x.length; n++) sum += (beta[n + 1] ?? 0) * (x[n] ?? 0)
  return sum
}

function logPosterior(trials: readonly Trial[], beta: Float64Array, { penalties, start }: Prior): number {
  let sum = 0
  for (const trial of trials) {
    const eta = linearPredictor(beta, trial)
    sum += trial.weight * ((trial.happened ? eta : 0) - log1pExp(eta))
  }
  penalties.forEach((penalty, n) => {
    sum -= (penalty / 2) * ((beta[n] ?? 0) - (n === 0 ? start : 0)) ** 2
  })
  return sum
}

function newtonStep(trials: readonly Trial[], beta: Float64Array, { penalties, start }: Prior): number[] {
  const size = penalties.length
  const gradient = penalties.map((penalty, n) => -penalty * ((beta[n] ?? 0) - (n === 0 ? start : 0)))
  const information = penalties.map((penalty, n) =>
    Float64Array.from({ length: size }, (_, m) => (m === n ? penalty : 0)),
  )
  const x = new Float64Array(size)
  x[0] = 1
  for (const trial of trials) {
    const p = 1 / (1 + Math.exp(-linearPredictor(beta, trial)))
    x.set(trial.x, 1)
    const residual = trial.weight * ((trial.happened ? 1 : 0) - p)
    for (let n = 0; n < size; n++) gradient[n] = (gradient[n] ?? 0) + residual * (x[n] ?? 0)
    addOuterProduct(information, x, trial.weight * p * (1 - p))
  }
  return solveCholesky(information, gradient)
}

/** Add a weight times the outer product of a vector to the lower half of a matrix. */
function addOuterProduct(lower: readonly Float64Array[], x: Float64Array, weight: number): void {
  for (const [n, row] of lower.entries()) {
    const own = weight * (x[n] ?? 0)
    if (own === 0) continue
    for (let m = 0; m <= n; m++) row[m] = (row[m] ?? 0) + own * (x[m] ?? 0)
  }
}

/** Solve a system with a positive definite matrix of which the lower half is given; it is overwritten. */
function solveCholesky(lower: readonly Float64Array[], right: readonly number[]): number[] {
  const at = (n: number, m: number) => lower[n]?.[m] ?? 0
  const solution = [...right]
  lower.forEach((row, n) => {
    for (let m = 0; m <= n; m++) {
      let sum = row[m] ?? 0
      for (let k = 0; k < m; k++) sum -= at(n, k) * at(m, k)
      row[m] = m === n ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / at(m, m)
    }
    let sum = solution[n] ?? 0
    for (let k = 0; k < n; k++) sum -= at(n, k) * (solution[k] ?? 0)
    solution[n] = sum / at(n, n)
  })
  for (let n = lower.length - 1; n >= 0; n--) {
    let sum = solution[n] ?? 0
    for (let k = n + 1; k < lower.length; k++) sum -= at(k, n) * (solution[k] ?? 0)
    solution[n] = sum / at(n, n)
  }
  return solution
}

/** `log(1 + exp(x))` without overflow. */
function log1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))
}
