import type { Random } from '../random.ts'

/** The outdoor heat exchanger of an air conditioner. */
export interface Condenser {
  /** Hours of running so far since it was clean. */
  hours: number
  /** Share by which the current grows in the end. */
  foulest: number
  /** Hours after which it has gone 63 % of the way there. */
  paceHours: number
}

export const foulLimit = 1.25

export function newCondenser(random: Random): Condenser {
  return { hours: 0, foulest: random.between(0.08, 0.5), paceHours: 2200 * random.scatter(0.25) }
}

export function usedCondenser(random: Random): Condenser {
  const condenser = newCondenser(random)
  const hoursToLimit = condenser.paceHours * Math.log(1 / (1 - (foulLimit - 1) / condenser.foulest))
  const oldest = Number.isFinite(hoursToLimit) ? 0.95 * hoursToLimit : 6000
  return { ...condenser, hours: random.between(0, oldest) }
}

export function fouledCondenser(condenser: Condenser, hours: number, random: Random): Condenser {
  return { ...condenser, hours: condenser.hours + hours * random.gamma(4) }
}

export function washedCondenser(condenser: Condenser): Condenser {
  return { ...condenser, hours: 0.1 * condenser.hours }
}

/**
 * Compressor current as a multiple of the clean one's at the same conditions. Deposits on a heat exchanger grow
 * towards an end where as much is blown off as settles: D. Q. Kern, R. E. Seaton, "A theoretical analysis of thermal
 * surface fouling", British Chemical Engineering 4 (1959), 1 − exp(−t/τ). A fouled condenser raises the condensing
 * pressure and with it the current; by how much in the end (8–50 %) and how fast (2,200 h) is ours. So many never
 * reach the limit: slowing wear that a straight line takes for a coming failure.
 */
export function fouling({ hours, foulest, paceHours }: Condenser): number {
  return 1 + foulest * -Math.expm1(-hours / paceHours)
}
