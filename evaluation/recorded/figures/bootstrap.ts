/** A figure with its interval at 95 %. */
export interface BootstrapInterval {
  value: number
  low: number
  high: number
}

const multiplier = 48_271
const modulus = 2_147_483_647

/**
 * Return a figure with its bootstrap interval: the percentiles 2.5 and 97.5 of the figure over units drawn with replacement (B.
 * Efron, Annals of Statistics 7, 1979). Units are drawn, not rows, because the rows of a unit belong together. The draws are
 * the same in every run.
 * @param figureOf how often each unit counts → the figure; not a number where it cannot be computed
 */
export function bootstrapInterval(
  units: number,
  repetitions: number,
  figureOf: (counts: Float64Array) => number,
): BootstrapInterval {
  let state = 20_261
  const figures: number[] = []
  for (let n = 0; n < repetitions; n++) {
    const counts = new Float64Array(units)
    for (let drawn = 0; drawn < units; drawn++) {
      state = (state * multiplier) % modulus
      const unit = Math.floor((state / modulus) * units)
      counts[unit] = (counts[unit] ?? 0) + 1
    }
    const figure = figureOf(counts)
    if (Number.isFinite(figure)) figures.push(figure)
  }
  figures.sort((a, b) => a - b)
  const at = (share: number) => figures[Math.floor(share * (figures.length - 1))] ?? Number.NaN
  return { value: figureOf(new Float64Array(units).fill(1)), low: at(0.025), high: at(0.975) }
}

/** Return a figure with its interval as text: `0.77 (0.70–0.84)`. */
export function formatInterval({ value, low, high }: BootstrapInterval, digits = 2): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}

/** Return the interval with four decimals, for JSON. */
export function roundInterval({ value, low, high }: BootstrapInterval): BootstrapInterval {
  return { value: round(value), low: round(low), high: round(high) }
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000
