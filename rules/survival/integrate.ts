/** Points of a grid with the logarithms of their weights, which include the width of the cells. */
export interface LogGrid {
  points: readonly { x: number; logWeight: number }[]
  /** Logarithm of the integral. */
  logIntegral: number
}

const cells = 40
/** Density below the highest one, in logarithms, at which it no longer counts. */
const negligible = 12
const minPointsWithin = 15
const maxZooms = 8

/**
 * Integrate a density with one peak that is given by its logarithm: zoom in until the peak is well resolved. For such a
 * density the trapezoid rule on equal cells converges faster than any power of their width.
 * @param range from and to, outside of which the density counts for nothing
 */
export function integrateLog(logDensity: (x: number) => number, range: readonly [number, number]): LogGrid {
  let [from, to] = range
  for (let zoom = 0; ; zoom++) {
    const step = (to - from) / cells
    const points = Array.from({ length: cells + 1 }, (_, n) => {
      const x = from + n * step
      return { x, logWeight: logDensity(x) + Math.log(step) }
    })
    const most = points.reduce((max, { logWeight }) => Math.max(max, logWeight), Number.NEGATIVE_INFINITY)
    const within = points.filter(({ logWeight }) => logWeight > most - negligible)
    if (within.length >= minPointsWithin || zoom === maxZooms || within.length === 0)
      return { points: within, logIntegral: logSumExp(within.map(({ logWeight }) => logWeight)) }
    ;[from, to] = [
      Math.max(from, (within[0]?.x ?? from) - step),
      Math.min(to, (within.at(-1)?.x ?? to) + step),
    ]
  }
}

/** Return the logarithm of the sum of numbers that are given by their logarithms. */
export function logSumExp(logs: readonly number[]): number {
  const most = logs.reduce((max, log) => Math.max(max, log), Number.NEGATIVE_INFINITY)
  if (!Number.isFinite(most)) return most
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0))
}
