import type { Random } from '../random.ts'

/** The rubber seal of a refrigerator's door. */
export interface DoorSeal {
  /** Compression set so far, as a share of the value at failure. */
  compressionSet: number
  lifeYears: number
  /** Duty of this refrigerator with a tight door in a kitchen of 20 °C, %. */
  baselineDutyPct: number
}

export const dutyLimitPct = 60

export function newSeal(random: Random): DoorSeal {
  return {
    compressionSet: 0,
    lifeYears: 11 * random.lognormal(0.3),
    baselineDutyPct: 35 * random.lognormal(0.05),
  }
}

export function usedSeal(random: Random): DoorSeal {
  return { ...newSeal(random), compressionSet: random.between(0.1, 0.97) }
}

export function ageSeal(seal: DoorSeal, days: number, random: Random): DoorSeal {
  return { ...seal, compressionSet: seal.compressionSet + (days * random.gamma(2)) / (365 * seal.lifeYears) }
}

/**
 * Return the additional heat, as a share of that with a tight door. The gap grows with the compression set of the
 * rubber, and the air through a narrow gap with its cube (plane Poiseuille flow). That 0.72 more count as leaking, and
 * the life of about eleven years, are our choice.
 */
export function leakShare({ compressionSet }: DoorSeal): number {
  return 0.72 * compressionSet ** 3
}

/** Return the duty that the seal causes in a kitchen of 20 °C with all else in order, %. */
export function sealDutyPct(seal: DoorSeal): number {
  return seal.baselineDutyPct * (1 + leakShare(seal))
}

/** Let the gap grow faster: the rubber is torn, and opens with each use (our choice). */
export function accelerateSeal(seal: DoorSeal, factor: number): DoorSeal {
  return { ...seal, lifeYears: seal.lifeYears / factor ** 2 }
}
