import type { Random } from '../random.ts'

/** The sealed circuit of a refrigerator. */
export interface RefrigerantCircuit {
  /** Compressor current with the full charge in a kitchen of 20 °C, A. */
  fullChargeCurrentA: number
  /** Days until a joint begins to leak. */
  daysToLeak: number
  /** Charge lost so far, as a share of the amount at failure. */
  lostChargeShare: number
  /** Days from the start of the leak to that loss. */
  daysToFail: number
}

/** Create a circuit; most stay tight for the life of the refrigerator. */
export function newCircuit(random: Random): RefrigerantCircuit {
  const tightDays = random.exponential(18 * 365)
  return {
    fullChargeCurrentA: random.lognormal(0.08),
    daysToLeak: tightDays,
    lostChargeShare: 0,
    daysToFail: random.between(90, 500),
  }
}

export function leakRefrigerant(
  circuit: RefrigerantCircuit,
  days: number,
  random: Random,
): RefrigerantCircuit {
  const tightDays = circuit.daysToLeak - days
  if (tightDays > 0) return { ...circuit, daysToLeak: tightDays }
  return {
    ...circuit,
    daysToLeak: tightDays,
    lostChargeShare: circuit.lostChargeShare + (days * random.gamma(4)) / circuit.daysToFail,
  }
}

/**
 * Return current and cooling capacity as shares of those with a full charge. With too little refrigerant the suction
 * pressure falls, and with it mass flow, power and cooling: E. Björk, B. Palm, "Performance of a
 * domestic refrigerator under influence of varied expansion device capacity, refrigerant charge and ambient
 * temperature", Int. J. Refrigeration 29 (2006) 789–798. Taken as straight lines; their slopes are our choice, and so are the
 * times: a leak in 18 years, which takes three to sixteen months.
 */
export function chargeEffect({ lostChargeShare }: RefrigerantCircuit): {
  current: number
  cooling: number
} {
  const share = Math.min(lostChargeShare, 3)
  return { current: 1 - 0.15 * share, cooling: 1 - 0.28 * share }
}

/** Let the circuit leak from now on, and faster: a cracked joint instead of a porous one (our choice). */
export function accelerateLeak(circuit: RefrigerantCircuit, factor: number): RefrigerantCircuit {
  return { ...circuit, daysToLeak: Math.min(0, circuit.daysToLeak), daysToFail: circuit.daysToFail / factor }
}
