import type { Random } from '../random.ts'

/** The magnesium anode of a water heater. */
export interface Anode {
  /** Protective current of the new anode in water of 500 µS/cm, mA. */
  newMa: number
  /** Remaining radius, as a share of the new one. */
  radius: number
  /** Years in water of 500 µS/cm until nothing is left. */
  lifeYears: number
  /** Conductivity of the water around it, µS/cm, mean of a year. */
  conductivityUsCm: number
}

/** Service instructions of manufacturers: below 0.3 mA an anode no longer protects. */
export const depletedCurrentMa = 0.3

export function newAnode(conductivityUsCm: number, random: Random): Anode {
  return {
    newMa: 5 * random.lognormal(0.12),
    radius: 1,
    lifeYears: 4 * random.lognormal(0.2),
    conductivityUsCm,
  }
}

export function usedAnode(conductivityUsCm: number, random: Random): Anode {
  const anode = newAnode(conductivityUsCm, random)
  const least = (1.15 * depletedCurrentMa) / anodeCurrentMa({ ...anode, radius: 1 }, conductivityUsCm)
  return { ...anode, radius: random.between(Math.min(0.9, least), 1) }
}

/** Create one that is nearly used up. */
export function wornAnode(conductivityUsCm: number, random: Random): Anode {
  const anode = newAnode(conductivityUsCm, random)
  const least = depletedCurrentMa / anodeCurrentMa(anode, conductivityUsCm)
  return { ...anode, radius: Math.min(1, least + random.between(0.03, 0.2)) }
}

/**
 * Corrode the anode. Metal loss is proportional to the current (Faraday), the current to the surface and to the
 * conductivity of the water: so the mass of a rod, as its radius squared, falls with its radius, and the radius falls
 * evenly. Hot water accelerates it by about a third for each 10 °C above 55. The life of four years in water of
 * 500 µS/cm is our choice, after the two to eight that manufacturers name.
 */
export function corrodeAnode(anode: Anode, use: { days: number; waterC: number }, random: Random): Anode {
  const pace = (anode.conductivityUsCm / 500) * 1.33 ** ((use.waterC - 55) / 10)
  const loss = (pace * use.days * random.gamma(3)) / (365 * anode.lifeYears)
  return { ...anode, radius: Math.max(0, anode.radius - loss) }
}

/** Return the protective current in water of a conductivity, mA. */
export function anodeCurrentMa({ newMa, radius }: Anode, conductivityUsCm: number): number {
  return newMa * (conductivityUsCm / 500) * radius
}

/** Let the anode corrode faster: a current from a badly insulated element flows over it (our choice). */
export function accelerateAnode(anode: Anode, factor: number): Anode {
  return { ...anode, lifeYears: anode.lifeYears / factor }
}
