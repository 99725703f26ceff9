import type { Random } from '../random.ts'

/** A main brush around which hair winds. */
export interface WrappedBrush {
  /** Motor current on bare floor when clean, A. */
  cleanA: number
  /** Hair so far, as a share of the amount that stalls the brush. */
  hair: number
  /** Hours of cleaning until it is wrapped, in a home with usual shedding. */
  hoursToWrap: number
}

export const wrappedCurrentA = 2.5
/** Beyond this the brush slips over what lies under it, and takes up no more. */
const maxHair = 1.5

export function newBrush(random: Random): WrappedBrush {
  return { cleanA: 1 + 0.05 * random.normal(), hair: 0, hoursToWrap: 70 * random.lognormal(0.25) }
}

export function usedBrush(random: Random): WrappedBrush {
  return { ...newBrush(random), hair: random.between(0, 0.5) }
}

/** Add the hair of a run; the amount varies from run to run. `shedding` 1 is a usual home; long hair and pets add more. */
export function wrapHair(
  brush: WrappedBrush,
  run: { hours: number; shedding: number },
  random: Random,
): WrappedBrush {
  const hair = brush.hair + (run.hours * run.shedding * random.gamma(3)) / brush.hoursToWrap
  return { ...brush, hair: Math.min(maxHair, hair) }
}

/** Cut the hair off, except what is in the bearings. */
export function removeHair(brush: WrappedBrush): WrappedBrush {
  return { ...brush, hair: 0.05 * brush.hair }
}

/**
 * Return the motor current on a bare floor, A. The friction of a fibre wound round a shaft grows exponentially with its turns
 * (capstan equation of Euler and Eytelwein); the exponent for a full wrap (1.5) and the currents are our choice.
 */
export function brushCurrentA({ cleanA, hair }: WrappedBrush): number {
  const drag = Math.expm1(1.5 * hair) / Math.expm1(1.5)
  return cleanA + (wrappedCurrentA - 1) * drag
}

/** Let more wind up in each run: threads and fringes, which catch others (our choice). */
export function accelerateBrush(brush: WrappedBrush, factor: number): WrappedBrush {
  return { ...brush, hoursToWrap: brush.hoursToWrap / factor }
}
