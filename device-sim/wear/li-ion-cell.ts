import type { Random } from '../random.ts'

/** The wear of a battery cell. Losses are shares of its initial capacity. */
export interface Cell {
  /** Ageing rate of this unit, 1 = as the cell of the source. */
  agingRate: number
  /** Capacity when new as a share of the design capacity. */
  newCapacity: number
  /** Equivalent full cycles so far. */
  cycles: number
  calendarLoss: number
  cycleLoss: number
}

/** Use of a cell over a period. */
export interface CellUsage {
  days: number
  /** Equivalent full cycles. */
  cycles: number
  tempC: number
  /** Mean cell voltage, V: a high state of charge ages the cell. */
  volts: number
  /** Depth of the usual cycle, 0–1. */
  depthOfDischarge: number
}

const cellAh = 2.15

/** Properties of a kind of cell besides its chemistry. */
export interface CellProfile {
  /** Ageing rate, 1 = as the cell of the source. */
  agingRate: number
  limitPct: number
}

export function newCell(random: Random, make: CellProfile): Cell {
  const pace = make.agingRate * random.lognormal(0.15)
  return { agingRate: pace, newCapacity: random.between(1.0, 1.05), cycles: 0, calendarLoss: 0, cycleLoss: 0 }
}

/**
 * Create a cell that was used as in `use` (one day) for a random part of its time to the limit.
 * @param usedShare least and most of that part
 */
export function usedCell(
  random: Random,
  make: CellProfile,
  use: CellUsage,
  usedShare: readonly [number, number] = [0.35, 0.985],
): Cell {
  const cell = newCell(random, make)
  const life = daysToLimit(cell, use, make.limitPct)
  return ageCell(cell, scaleUsage(use, life * random.between(...usedShare)))
}

/**
 * Age a cell: loss = rate · (α t^0.75 + β √Q), with time t in days, charge throughput Q in Ah,
 * α = (7.543 V − 23.75) · 10⁶ · exp(−6976 / T) and β = 7.348·10⁻³ (V − 3.667)² + 7.6·10⁻⁴ + 4.081·10⁻³ · depth.
 *
 * The form and every figure are from J. Schmalstieg, S. Käbitz, M. Ecker, D. U. Sauer, "A holistic aging model
 * for Li(NiMnCo)O2 based 18650 lithium-ion batteries", J. Power Sources 257 (2014) 325–334, for a 2.15 Ah cell.
 * Under changing conditions each power law continues from the time at which it would have had the present loss.
 * Our own choice: the rate (with a scatter of 15 %), because batteries of real owners age differently from laboratory
 * cells.
 */
export function ageCell(cell: Cell, use: CellUsage): Cell {
  const { alpha, beta } = agingCoefficients(cell.agingRate, use)
  return {
    ...cell,
    cycles: cell.cycles + use.cycles,
    calendarLoss: alpha * ((cell.calendarLoss / alpha) ** (4 / 3) + use.days) ** 0.75,
    cycleLoss: beta * Math.sqrt((cell.cycleLoss / beta) ** 2 + throughputAh(use)),
  }
}

/** Return the capacity in percent of the design capacity. */
export function cellHealthPct(cell: Cell): number {
  return 100 * cell.newCapacity * (1 - cell.calendarLoss - cell.cycleLoss)
}

function agingCoefficients(pace: number, use: CellUsage): { alpha: number; beta: number } {
  const alpha = (7.543 * use.volts - 23.75) * 1e6 * Math.exp(-6976 / (use.tempC + 273.15))
  const beta = 7.348e-3 * (use.volts - 3.667) ** 2 + 7.6e-4 + 4.081e-3 * use.depthOfDischarge
  return { alpha: pace * alpha, beta: pace * beta }
}

function throughputAh(use: CellUsage): number {
  return 2 * cellAh * use.cycles
}

function scaleUsage(use: CellUsage, days: number): CellUsage {
  return { ...use, days, cycles: (use.cycles * days) / use.days }
}

/** Return the days of steady use until a new cell reaches its limit, by bisection. */
function daysToLimit(cell: Cell, use: CellUsage, limitPct: number): number {
  let low = 0
  let high = 60 * 365
  while (high - low > 1) {
    const middle = (low + high) / 2
    if (cellHealthPct(ageCell(cell, scaleUsage(use, middle))) > limitPct) low = middle
    else high = middle
  }
  return low
}

/**
 * Let the cell age faster: the knee after which lithium plating or lost electrolyte take over (P. M. Attia et al., "Review: 'Knees' in
 * lithium-ion battery aging trajectories", J. Electrochem. Soc. 169 (2022) 060517).
 */
export function accelerateCell(cell: Cell, factor: number): Cell {
  return { ...cell, agingRate: factor * cell.agingRate }
}
