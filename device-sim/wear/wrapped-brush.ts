import type { Random } from '../random.ts'

/** A main brush round which hair winds itself. */
export interface WrappedBrush {
  /** Motor current on bare floor when clean, A. */
  cleanA: number
  /** Hair so far, as a share of what stalls the brush. */
  hair: number
  /** Hours of cleaning in a home of usual shedding that wrap it. */
  hoursToWrap: number
}

export const wrappedCurrentA = 2.5
/** From there on the brush slips over what lies under it, and takes up no more. */
const maxHair = 1.5

export function newBrush(random: Random): WrappedBrush {
  return { cleanA: 1 + 0.05 * random.normal(), hair: 0, hoursToWrap: 70 * random.lognormal(0.25) }
}

export function usedBrush(random: Random): WrappedBrush {
  return { ...newBrush(random), hair: random.between(0, 0.5) }
}

/** Takes up hair; uneven from run to run. `shedding` 1 is a usual home, long hair and pets bring more. */
export function wrapHair(
  brush: WrappedBrush,
  run: { hours: number; shedding: number },
  random: Random,
): WrappedBrush {
  const hair = brush.hair + (run.hours * run.shedding * random.gamma(3)) / brush.hoursToWrap
  return { ...brush, hair: Math.min(maxHair, hair) }
}

/** Its owner cuts the hair off, all but what sits in the bearings. */
export function removeHair(brush: WrappedBrush): WrappedBrush {
  return { ...brush, hair: 0.05 * brush.hair }
}

/**
 * Motor current on bare floor, A. The friction of a fibre wound round a shaft grows exponentially with its turns
 * (the capstan equation of Euler and Eytelwein); the exponent for a full wrap (1.5) and the currents are ours.
 */
export function brushCurrentA({ cleanA, hair }: WrappedBrush): number {
  const drag = Math.expm1(1.5 * hair) / Math.expm1(1.5)
  return cleanA + (wrappedCurrentA - 1) * drag
}
