import type { Random } from '../random.ts'

/** A 12 V starter battery. */
export interface LeadAcidBattery {
  /** Open-circuit voltage when full, V. */
  fullV: number
  /** Voltage drop of the new battery under the starting load at 20 °C, V. */
  initialDropV: number
  /** Grid corrosion and sulfation so far, as a share of the amount at failure. */
  wear: number
  /** Life at 15 °C, years. */
  lifeYears: number
}

export const crankingLimitV = 9.6

export function newLeadAcid(random: Random): LeadAcidBattery {
  return {
    fullV: 12.6 + 0.04 * random.normal(),
    initialDropV: 1.6 * random.lognormal(0.04),
    wear: 0,
    lifeYears: 5 * random.lognormal(0.25),
  }
}

export function usedLeadAcid(random: Random): LeadAcidBattery {
  return { ...newLeadAcid(random), wear: random.between(0.1, 0.95) }
}

/**
 * Age the battery. Corrosion and sulfation follow Arrhenius: twice as fast for each 10 °C (D. Berndt, "Maintenance-Free
 * Batteries", 1997; J. Schiffer, D. U. Sauer et al., "Model prediction for ranking lead-acid batteries according to
 * expected lifetime", J. Power Sources 168, 2007), and faster when rarely driven, because a battery that is not full sulfates.
 */
export function ageLeadAcid(
  battery: LeadAcidBattery,
  use: { days: number; tempC: number; driven: boolean },
  random: Random,
): LeadAcidBattery {
  const pace = 2 ** ((use.tempC - 15) / 10) * (use.driven ? 1 : 1.4)
  return { ...battery, wear: battery.wear + (pace * use.days * random.gamma(3)) / (365 * battery.lifeYears) }
}

/**
 * Return the lowest voltage under the starting load, V. The inner resistance grows slowly at first and fast towards the
 * end, and by 0.8 % for each degree colder. The limit of the starter, 9.6 V, is that of the load test of BCI and SAE J537
 * at 21 °C. The form e^2w and the drop of the new battery are our choice.
 */
export function crankingVoltageV({ fullV, initialDropV, wear }: LeadAcidBattery, tempC: number): number {
  const grown = 1 + 0.875 * (Math.expm1(2 * wear) / Math.expm1(2))
  return fullV - initialDropV * grown * (1 + 0.008 * (20 - tempC))
}

/** Return the voltage after a night's rest, V: a worn battery keeps less charge. */
export function restingVoltageV({ fullV, wear }: LeadAcidBattery, charge: number): number {
  return fullV + 0.1 - 0.25 * Math.min(1.3, wear) - 0.5 * (1 - charge)
}

/** Let the battery age faster: material shed from the plates begins to bridge them (D. Pavlov, "Lead-Acid Batteries", 2011, ch. 2). */
export function accelerateLeadAcid(battery: LeadAcidBattery, factor: number): LeadAcidBattery {
  return { ...battery, lifeYears: battery.lifeYears / factor }
}
