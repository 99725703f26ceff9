import type { Random } from '../random.ts'

/** The sealed circuit of a refrigerator. */
export interface Refrigerant {
  /** Compressor current with the full charge in a kitchen of 20 °C, A. */
  fullA: number
  /** Charge lost so far, as a share of what makes the cooling fail. */
  lost: number
  daysToFail: number
}

const leakyShare = 0.06

/** Most circuits stay tight for decades; some leak from a joint. */
export function newCircuit(random: Random): Refrigerant {
  const leaky = random.chance(leakyShare)
  const daysToFail = leaky ? random.between(120, 700) : random.between(6000, 20_000)
  return { fullA: random.scatter(0.08), lost: 0, daysToFail }
}

export function usedCircuit(random: Random): Refrigerant {
  return { ...newCircuit(random), lost: random.between(0, 0.5) }
}

export function leakedCircuit(circuit: Refrigerant, days: number, random: Random): Refrigerant {
  return { ...circuit, lost: circuit.lost + (days * random.gamma(4)) / circuit.daysToFail }
}

/**
 * Current and cooling capacity as shares of the fully charged circuit's. With too little refrigerant the suction
 * pressure falls, and with it the mass flow, the power taken and the cooling: E. Björk, B. Palm, "Performance of a
 * domestic refrigerator under influence of varied expansion device capacity, refrigerant charge and ambient
 * temperature", Int. J. Refrigeration 29 (2006) 789–798. Taken as straight lines, whose slopes are ours.
 */
export function chargeEffect({ lost }: Refrigerant): { current: number; cooling: number } {
  const share = Math.min(lost, 3)
  return { current: 1 - 0.15 * share, cooling: 1 - 0.28 * share }
}
