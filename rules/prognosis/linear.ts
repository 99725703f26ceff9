/** One observation: what was seen, what came of it, and how much it counts. */
export interface Seen {
  x: readonly number[]
  y: number
  weight: number
}

/** What the coefficients are believed to be before anything is seen, and how firmly. */
export interface Belief {
  mean: readonly number[]
  firmness: readonly number[]
}

/**
 * Weighted least squares, drawn to a belief (ridge regression: A. E. Hoerl and R. W. Kennard, Technometrics 12, 1970).
 * With nothing seen the belief is the answer.
 */
export function fit(seen: readonly Seen[], { mean, firmness }: Belief): number[] {
  const size = mean.length
  const rows = firmness.map((own, r) => {
    const row = new Array<number>(size + 1).fill(0)
    row[r] = own
    row[size] = own * at(mean, r)
    return row
  })
  for (const { x, y, weight } of seen) {
    rows.forEach((row, r) => {
      const share = weight * at(x, r)
      for (let c = 0; c < size; c++) row[c] = at(row, c) + share * at(x, c)
      row[size] = at(row, size) + share * y
    })
  }
  return solve(rows)
}

/** Gauss's elimination; the matrix is positive definite, so no row needs to change place. */
function solve(rows: number[][]): number[] {
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

const at = (values: readonly number[], index: number): number => values[index] ?? 0
