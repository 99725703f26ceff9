import type { Random } from '../random.ts'

/** The bearing of a washing machine's drum. */
export interface DrumBearing {
  /** Vibration of the healthy bearing at nominal spin, g. */
  healthyVibrationG: number
  /** Loads until the first spall. */
  loadsToSpall: number
  /** Loads in which the vibration doubles after that. */
  doublingLoads: number
  /** Logarithm of the growth so far. */
  logGrowth: number
}

export const nominalSpinRpm = 1200

export function newBearing(random: Random): DrumBearing {
  return {
    healthyVibrationG: 0.5 * random.lognormal(0.07),
    // The life of rolling bearings follows a Weibull law (ISO 281); shape 1.5 is usual, the scale is our choice.
    loadsToSpall: 1500 * random.exponential(1) ** (1 / 1.5),
    // From the first spall to four times the vibration in about 60 loads, a quarter of a year: vibration reveals bearing
    // faults one to nine months ahead (J. Moubray, "Reliability-centered Maintenance", 1997, on P-F intervals).
    doublingLoads: 30 * random.lognormal(0.3),
    logGrowth: 0,
  }
}

/** About 12 g: the drum rubs against its tub, and cannot swing further. */
const maxLogGrowth = Math.log(24)

/** Create a bearing of an older machine: a few loads or some years before its spall. */
export function usedBearing(random: Random): DrumBearing {
  return { ...newBearing(random), loadsToSpall: random.between(0, 900) }
}

/**
 * Wear the bearing by one load of laundry. Flat until the first spall, then exponential growth with random increments:
 * the degradation model of N. Gebraeel et al., "Residual-life distributions from component degradation signals: a Bayesian
 * approach", IIE Transactions 37 (2005), with gamma increments instead of Brownian ones, because a spall does not heal.
 */
export function wearBearing(bearing: DrumBearing, random: Random): DrumBearing {
  const loadsToSpall = bearing.loadsToSpall - 1
  if (loadsToSpall > 0) return { ...bearing, loadsToSpall }
  const growth = bearing.logGrowth + (Math.LN2 / bearing.doublingLoads) * random.gamma(1.5)
  return { ...bearing, loadsToSpall, logGrowth: Math.min(maxLogGrowth, growth) }
}

/** Return the vibration of the bearing alone, g; it grows with the speed. */
export function bearingVibrationG(bearing: DrumBearing, spinRpm: number): number {
  return bearing.healthyVibrationG * Math.exp(bearing.logGrowth) * (spinRpm / nominalSpinRpm) ** 1.5
}

/**
 * Return the sound pressure level at nominal spin, dB(A). Sound pressure is proportional to vibration, so ten times as much
 * is 20 dB; it adds in energy to the 58 dB of the machine itself (both levels are our choice).
 */
export function spinNoiseDb(vibrationG: number): number {
  const bearing = 66 + 20 * Math.log10(vibrationG / 0.5)
  return 10 * Math.log10(10 ** (bearing / 10) + 10 ** (58 / 10))
}

/**
 * Let the bearing fail faster: water has passed the shaft seal, and corrosion spalls the raceway early (ISO 15243, moisture
 * corrosion).
 */
export function accelerateBearing(bearing: DrumBearing, factor: number): DrumBearing {
  const growth = Math.sqrt(factor)
  return {
    ...bearing,
    loadsToSpall: bearing.loadsToSpall / factor ** 2,
    doublingLoads: bearing.doublingLoads / growth,
  }
}
