import type { Random } from '../random.ts'

/** The outdoor heat exchanger of an air conditioner. */
export interface Condenser {
  /** Hours of operation since it was clean. */
  hours: number
  /** Share by which the current grows at most. */
  maxFoulingShare: number
  /** Hours after which 63 % of that are reached. */
  timeConstantHours: number
}

export const foulingLimit = 1.25

export function newCondenser(random: Random): Condenser {
  return {
    hours: 0,
    maxFoulingShare: random.between(0.08, 0.5),
    timeConstantHours: 2200 * random.lognormal(0.25),
  }
}

export function usedCondenser(random: Random): Condenser {
  const condenser = newCondenser(random)
  const hoursToLimit =
    condenser.timeConstantHours * Math.log(1 / (1 - (foulingLimit - 1) / condenser.maxFoulingShare))
  const oldest = Number.isFinite(hoursToLimit) ? 0.95 * hoursToLimit : 6000
  return { ...condenser, hours: random.between(0, oldest) }
}

/** Create one that reaches its limit within a season or two. */
export function wornCondenser(random: Random): Condenser {
  const condenser = { ...newCondenser(random), maxFoulingShare: random.between(0.38, 0.5) }
  const hoursToLimit =
    condenser.timeConstantHours * Math.log(1 / (1 - (foulingLimit - 1) / condenser.maxFoulingShare))
  return { ...condenser, hours: hoursToLimit * random.between(0.4, 0.85) }
}

export function foulCondenser(condenser: Condenser, hours: number, random: Random): Condenser {
  return { ...condenser, hours: condenser.hours + hours * random.gamma(4) }
}

export function washCondenser(condenser: Condenser): Condenser {
  return { ...condenser, hours: 0.1 * condenser.hours }
}

/**
 * Return the compressor current as a multiple of the clean one at the same conditions. Deposits on a heat exchanger grow
 * towards a limit where as much is blown off as is deposited: D. Q. Kern, R. E. Seaton, "A theoretical analysis of thermal
 * surface fouling", British Chemical Engineering 4 (1959), 1 − exp(−t/τ). A fouled condenser raises the condensing
 * pressure and with it the current; the maximum (8–50 %) and the time constant (2,200 h) are our choice. Therefore many
 * never reach the limit: slowing wear that a straight line mistakes for a coming failure.
 */
export function foulingFactor({ hours, maxFoulingShare, timeConstantHours }: Condenser): number {
  return 1 + maxFoulingShare * -Math.expm1(-hours / timeConstantHours)
}

/** Let the fins foul faster: leaves and seed fluff hold the dust (our choice). */
export function accelerateCondenser(condenser: Condenser, factor: number): Condenser {
  return {
    ...condenser,
    hours: condenser.hours / factor,
    timeConstantHours: condenser.timeConstantHours / factor,
  }
}
