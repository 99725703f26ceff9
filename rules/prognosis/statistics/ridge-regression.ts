/** Observation: regressors, outcome, and weight. */
export interface Observation {
  x: readonly number[]
  y: number
  weight: number
}

/** Prior coefficients and their prior weights. */
interface Prior {
  mean: readonly number[]
  priorWeight: readonly number[]
}

/**
 * Solve weighted least squares, shrunk towards a prior (ridge regression: A. E. Hoerl and R. W. Kennard,
 * Technometrics 12, 1970). Without observations the prior is the result.
 */
export function ridgeRegression(
  observations: readonly Observation[],
  { mean, priorWeight }: Prior,
): number[] {
  const size = mean.length
  // Matrix with the right-hand side in its last column; row by row.
  const sums = new Float64Array(size * (size + 1))
  for (const { x, y, weight } of observations) {
    for (let r = 0; r < size; r++) {
      const share = weight * at(x, r)
      const row = r * (size + 1)
      for (let c = 0; c < size; c++) sums[row + c] = (sums[row + c] ?? 0) + share * at(x, c)
      sums[row + size] = (sums[row + size] ?? 0) + share * y
    }
  }
  return solveLinearSystem(
    priorWeight.map((own, r) => {
      const row = [...sums.subarray(r * (size + 1), (r + 1) * (size + 1))]
      row[r] = at(row, r) + own
      row[size] = at(row, size) + own * at(mean, r)
      return row
    }),
  )
}

/** Solve by Gaussian elimination; the matrix is positive definite, so no pivoting is needed. */
function solveLinearSystem(rows: number[][]): number[] {
  const size = rows.length
  rows.forEach((pivot, p) => {
    for (const row of rows.slice(p + 1)) {
      const factor = at(row, p) / at(pivot, p)
      for (let c = p; c <= size; c++) row[c] = at(row, c) - factor * at(pivot, c)
    }
  })
  const answer = new Array<number>(size).fill(0)
  for (let r = size - 1; r >= 0; r--) {
    const row = rows[r] ?? []
    const known = answer.reduce((sum, value, c) => sum + at(row, c) * value, 0)
    answer[r] = (at(row, size) - known) / at(row, r)
  }
  return answer
}

/** Return the prediction for an observation. */
export function predictLinear(coefficients: readonly number[], x: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += at(coefficients, i) * at(x, i)
  return sum
}

const at = (values: readonly number[], index: number): number => values[index] ?? 0
