import type { Random } from '../random.ts'

/** A 12 V starter battery. */
export interface LeadAcid {
  /** Open-circuit voltage when full, V. */
  fullV: number
  /** Voltage drop of the new battery under the starting load at 20 °C, V. */
  newDropV: number
  /** Grid corrosion and sulfation so far, as a share of what makes it fail. */
  wear: number
  /** Life at 15 °C. */
  lifeYears: number
}

export const weakCrankingV = 9.6

export function newLeadAcid(random: Random): LeadAcid {
  return {
    fullV: 12.6 + 0.04 * random.normal(),
    newDropV: 1.6 * random.scatter(0.04),
    wear: 0,
    lifeYears: 5 * random.scatter(0.25),
  }
}

export function usedLeadAcid(random: Random): LeadAcid {
  return { ...newLeadAcid(random), wear: random.between(0.1, 0.95) }
}

/**
 * Corrosion and sulfation follow Arrhenius: twice as fast for each 10 °C (D. Berndt, "Maintenance-Free Batteries",
 * 1997; J. Schiffer, D. U. Sauer et al., "Model prediction for ranking lead-acid batteries according to expected
 * lifetime", J. Power Sources 168, 2007), faster when little driven, because a battery that is not full sulfates.
 */
export function agedLeadAcid(
  battery: LeadAcid,
  use: { days: number; tempC: number; driven: boolean },
  random: Random,
): LeadAcid {
  const pace = 2 ** ((use.tempC - 15) / 10) * (use.driven ? 1 : 1.4)
  return { ...battery, wear: battery.wear + (pace * use.days * random.gamma(3)) / (365 * battery.lifeYears) }
}

/**
 * Lowest voltage under the starting load, V. The inner resistance grows slowly at first and fast towards the end, and
 * is 0.8 % more for each degree colder. The starter's limit, 9.6 V, is that of the load test of BCI and SAE J537 at
 * 21 °C. The form e^2w and the drop of the new battery are ours.
 */
export function crankingV({ fullV, newDropV, wear }: LeadAcid, tempC: number): number {
  const grown = 1 + 0.875 * (Math.expm1(2 * wear) / Math.expm1(2))
  return fullV - newDropV * grown * (1 + 0.008 * (20 - tempC))
}

/** Voltage after a night's rest, V: a worn battery keeps less charge. */
export function restV({ fullV, wear }: LeadAcid, charge: number): number {
  return fullV + 0.1 - 0.25 * Math.min(1.3, wear) - 0.5 * (1 - charge)
}
