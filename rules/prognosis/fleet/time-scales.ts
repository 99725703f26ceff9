import type { Lifetime } from '../../../contract/lifetime.ts'
import { CohortTimeScales } from './cohort-time-scale.ts'
import type { DegradationAgeScale } from './degradation-age.ts'
import type { FirstPassages } from './first-passage.ts'
import { lastingShare, type WearRateVariance } from './wear-rate.ts'

/** How fast the parts of a fleet wear. */
export interface TimeScales {
  cohortTimeScales: CohortTimeScales
  /** Per lifetime: how many times slower than the usual degradation age it wears, as far as its rate is expected to last. */
  unitTimeScales: readonly number[]
  /** Over the parts of a cohort. */
  wearRateVariance: WearRateVariance
}

/** A rate of wear seen over less than this share of a lifetime is shrunk towards the usual one. */
const minObservedShare = 0.02
/** A lifetime that was observed over less says nothing of whether its rate lasts. */
const minShareForHalves = 0.1
/** Prior variance of a rate around the lasting one, and its weight, in lifetimes. */
const [priorPassing, priorWeight] = [0.1, 0.3]

/** Estimate time scales against a degradation age; that depends on them, so both are repeated. */
export function fitTimeScales(
  { lifetimes, passages }: { lifetimes: readonly Lifetime[]; passages: readonly FirstPassages[] },
  ageScale: DegradationAgeScale,
): TimeScales {
  const halves = passages.map((one) => observedHalves(one, ageScale))
  const shares = halves.map(({ early, late }) => (early.usual + late.usual) / ageScale.typicalLifetimeMs)
  const leastMs = minObservedShare * ageScale.typicalLifetimeMs
  const logRate = ({ took, usual }: Observed, scale: number) =>
    Math.log((took / scale + leastMs) / (usual + leastMs))
  const cohortTimeScales = new CohortTimeScales(
    halves.map(({ early, late }, index) => ({
      cohort: lifetimes[index]?.cohort ?? {},
      logTimeScale: logRate(sumOf(early, late), 1),
      observedShare: shares[index] ?? 0,
    })),
  )
  const rates = halves.map(({ early, late }, index): OwnRates => {
    const { cohort = {}, weight = 1 } = lifetimes[index] ?? {}
    const scale = cohortTimeScales.timeScaleOf(cohort)
    return {
      scale,
      early: logRate(early, scale),
      late: logRate(late, scale),
      whole: logRate(sumOf(early, late), scale),
      share: shares[index] ?? 0,
      weight,
    }
  })
  const mean = weightedMean(rates)
  const wearRateVariance = varianceOf(rates, mean)
  const unitTimeScales = rates.map(
    ({ scale, whole, share }) => scale * Math.exp(lastingShare(wearRateVariance, share) * (whole - mean)),
  )
  return { cohortTimeScales, unitTimeScales, wearRateVariance }
}

/** Time that a part took over some levels, and the usual one, ms. */
interface Observed {
  took: number
  usual: number
}

const sumOf = (a: Observed, b: Observed): Observed => ({ took: a.took + b.took, usual: a.usual + b.usual })

/** Return the two halves of what was observed of a lifetime, by degradation age. */
function observedHalves(
  { dwellTimes, passed }: FirstPassages,
  { ages }: DegradationAgeScale,
): { early: Observed; late: Observed } {
  const usualAt = (k: number) => (ages[k] ?? 0) - (ages[k - 1] ?? 0)
  let total = 0
  passed.forEach((is, k) => {
    total += is === 1 ? usualAt(k) : 0
  })
  const halves = { early: { took: 0, usual: 0 }, late: { took: 0, usual: 0 } }
  let seen = 0
  dwellTimes.forEach((took, k) => {
    const half = seen < total / 2 ? halves.early : halves.late
    if (passed[k] === 1) seen += usualAt(k)
    half.took += took
    half.usual += passed[k] === 1 ? usualAt(k) : Math.min(usualAt(k), took)
  })
  return halves
}

/** Logarithms of the rates of wear of one lifetime, relative to its cohort. */
interface OwnRates {
  /** Time scale of its cohort. */
  scale: number
  early: number
  late: number
  whole: number
  /** Observed share of a whole lifetime. */
  share: number
  weight: number
}

function weightedMean(rates: readonly OwnRates[]): number {
  let [sum, total] = [0, 0]
  for (const { whole, share, weight } of rates) {
    sum += share * weight * whole
    total += share * weight
  }
  return total === 0 ? 0 : sum / total
}

/** Estimate by the method of moments: what lasts shows in both halves of a lifetime. */
function varianceOf(rates: readonly OwnRates[], mean: number): WearRateVariance {
  let [lasting, passing, total] = [0, priorWeight * priorPassing, priorWeight]
  for (const { early, late, share } of rates) {
    if (share < minShareForHalves) continue
    lasting += share * (early - mean) * (late - mean)
    passing += share * ((early - late) ** 2 / 2) * (share / 2)
    total += share
  }
  return { lasting: Math.max(0, lasting / total), passing: passing / total }
}
