import type { Random } from '../random.ts'

/** A dust filter. Dust is counted in shares of what brings it to its limit. */
export interface DustFilter {
  cleanPa: number
  limitPa: number
  /** Dust on the surface, which cleaning takes away. */
  cake: number
  /** Dust within the medium, which stays. */
  embedded: number
  /** Hours of nominal use that fill it. */
  lifeHours: number
  stallPa: number
}

export interface FilterDesign {
  cleanPa: number
  limitPa: number
  /** What the fan can build up at most, when nothing flows any more. */
  stallPa: number
  lifeHours: number
}

const embeddedShare = 0.2

export function newFilter(design: FilterDesign, random: Random): DustFilter {
  return {
    cleanPa: design.cleanPa * random.lognormal(0.08),
    limitPa: design.limitPa,
    stallPa: design.stallPa,
    cake: 0,
    embedded: 0,
    lifeHours: design.lifeHours * random.lognormal(0.3),
  }
}

export function usedFilter(design: FilterDesign, random: Random): DustFilter {
  return addDust(newFilter(design, random), random.between(0, 0.8))
}

/** Takes in dust; uneven from run to run, and never less. `dustiness` 1 is a nominal home. */
export function loadFilter(
  filter: DustFilter,
  run: { hours: number; dustiness: number },
  random: Random,
): DustFilter {
  return addDust(filter, (run.hours * run.dustiness * random.gamma(3)) / filter.lifeHours)
}

/** The owner beats or washes it: `share` of the cake comes off. */
export function cleanFilter(filter: DustFilter, share: number): DustFilter {
  return { ...filter, cake: filter.cake * (1 - share) }
}

/**
 * Pressure drop in Pa at a flow (1 = nominal). Darcy: resistance times flow. The resistance of a dust cake grows
 * faster than its mass, because the cake is compressed by the very pressure drop: with the specific resistance
 * α = α₀ Δp^n (Ruth 1935; Tiller 1953) the drop goes with mass^(1 / (1 − n)); for fibre filters the slow depth stage
 * comes first (D. Thomas et al., "Clogging of fibrous filters by solid aerosol particles", Chem. Eng. Sci. 56, 2001).
 * The exponent chosen is 2.3 (n = 0.57).
 */
export function filterPressureDropPa(filter: DustFilter, flow: number): number {
  const dust = filter.cake + filter.embedded
  const dropPa = flow * (filter.cleanPa + (filter.limitPa - filter.cleanPa) * dust ** 2.3)
  return Math.min(filter.stallPa, dropPa)
}

function addDust(filter: DustFilter, dust: number): DustFilter {
  return {
    ...filter,
    cake: filter.cake + (1 - embeddedShare) * dust,
    embedded: filter.embedded + embeddedShare * dust,
  }
}
