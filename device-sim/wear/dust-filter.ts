import type { Random } from '../random.ts'

/** A dust filter. Dust is counted in shares of the amount at the limit. */
export interface DustFilter {
  cleanPa: number
  limitPa: number
  /** Dust on the surface, which cleaning removes. */
  cake: number
  /** Dust within the medium, which stays. */
  embedded: number
  /** Hours of nominal use until it is full. */
  lifeHours: number
  stallPa: number
}

export interface FilterDesign {
  cleanPa: number
  limitPa: number
  /** Maximum pressure of the fan, without flow, Pa. */
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

/** Add the dust of a run; the amount varies from run to run and is never negative. `dustiness` 1 is a nominal home. */
export function loadFilter(
  filter: DustFilter,
  run: { hours: number; dustiness: number },
  random: Random,
): DustFilter {
  return addDust(filter, (run.hours * run.dustiness * random.gamma(3)) / filter.lifeHours)
}

/** Clean the filter: `share` of the cake comes off. */
export function cleanFilter(filter: DustFilter, share: number): DustFilter {
  return { ...filter, cake: filter.cake * (1 - share) }
}

/**
 * Return the pressure drop at a flow (1 = nominal), Pa. Darcy: resistance times flow. The resistance of a dust cake grows
 * faster than its mass, because the pressure drop itself compresses the cake: with the specific resistance
 * α = α₀ Δp^n (Ruth 1935; Tiller 1953) the drop is proportional to mass^(1 / (1 − n)); in fibre filters the slow depth
 * stage comes first (D. Thomas et al., "Clogging of fibrous filters by solid aerosol particles", Chem. Eng. Sci. 56, 2001).
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

/** Let the filter load faster: fine dust of a renovation, with a multiple of the specific resistance (D. Thomas et al. 2001). */
export function accelerateFilter(filter: DustFilter, factor: number): DustFilter {
  return { ...filter, lifeHours: filter.lifeHours / factor }
}
