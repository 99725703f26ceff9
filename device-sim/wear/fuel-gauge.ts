import { dayMs } from '../../lib/time.ts'
import type { Random } from '../random.ts'

/** The estimate of a phone for the health of its battery. */
export interface FuelGauge {
  /** Error of the estimate, percentage points. */
  errorPct: number
  /** Displayed health: whole percents that only fall, until a recalibration. */
  displayedPct: number
  readAt: number
  recalibrateAt: number
}

const errorSpreadPct = 0.45
const errorDays = 20
const meanDaysToRecalibration = 150

export function newGauge(at: number, random: Random): FuelGauge {
  return {
    errorPct: errorSpreadPct * random.normal(),
    displayedPct: Number.POSITIVE_INFINITY,
    readAt: at,
    recalibrateAt: at + random.exponential(meanDaysToRecalibration) * dayMs,
  }
}

/**
 * Update the gauge with a reading at `at`. Its error follows an Ornstein–Uhlenbeck process (spread 0.45 %, memory 20 days),
 * and phones show whole percents up to 100 that do not rise, except after a recalibration: the upward steps in the
 * records of real owners.
 */
export function updateGauge(gauge: FuelGauge, at: number, healthPct: number, random: Random): FuelGauge {
  const memory = Math.exp(-(at - gauge.readAt) / (errorDays * dayMs))
  const errorPct = memory * gauge.errorPct + errorSpreadPct * Math.sqrt(1 - memory ** 2) * random.normal()
  const estimate = Math.min(100, Math.round(healthPct + errorPct))
  if (at < gauge.recalibrateAt) {
    return { ...gauge, errorPct, readAt: at, displayedPct: Math.min(gauge.displayedPct, estimate) }
  }
  const recalibrateAt = at + random.exponential(meanDaysToRecalibration) * dayMs
  return { errorPct, readAt: at, displayedPct: estimate, recalibrateAt }
}
