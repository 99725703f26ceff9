import type { Random } from '../random.ts'

/** The rubber seal of a refrigerator's door. */
export interface DoorSeal {
  /** Compression set so far, as a share of what makes it fail. */
  set: number
  lifeYears: number
  /** Duty of this refrigerator with a tight door in a kitchen of 20 °C, %. */
  tightDutyPct: number
}

export const leakingDutyPct = 60

export function newSeal(random: Random): DoorSeal {
  return { set: 0, lifeYears: 11 * random.scatter(0.3), tightDutyPct: 35 * random.scatter(0.05) }
}

export function usedSeal(random: Random): DoorSeal {
  return { ...newSeal(random), set: random.between(0.1, 0.97) }
}

export function agedSeal(seal: DoorSeal, days: number, random: Random): DoorSeal {
  return { ...seal, set: seal.set + (days * random.gamma(2)) / (365 * seal.lifeYears) }
}

/**
 * How much more heat comes in, as a share of that with a tight door. The gap grows with the compression set of the
 * rubber, and the air through a narrow gap with its cube (plane Poiseuille flow); that 0.72 more count as leaking, and
 * the life of about eleven years, is ours.
 */
export function leakShare({ set }: DoorSeal): number {
  return 0.72 * set ** 3
}

/** Duty in percent that the seal causes in a kitchen of 20 °C, all else being well. */
export function sealDutyPct(seal: DoorSeal): number {
  return seal.tightDutyPct * (1 + leakShare(seal))
}
