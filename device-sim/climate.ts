import { dayMs, hourMs } from '../lib/time.ts'
import { diurnalFactor, seasonalFactor } from './calendar.ts'
import { Random } from './random.ts'

/** The climate at a home; temperatures in °C. */
export interface Climate {
  /** Name of the random stream of its daily weather. */
  name: string
  annualMeanTempC: number
  /** Half the difference between July and January, K. */
  seasonalAmplitudeC: number
}

/** Return the outdoor temperature, °C: season, hour, and a random part for each day that is the same in every call. */
export function outdoorTempC(climate: Climate, ts: number): number {
  const day = Math.floor(ts / dayMs)
  const into = ts / dayMs - day
  const weather = (1 - into) * dayWeatherC(climate, day) + into * dayWeatherC(climate, day + 1)
  // Thermal inertia of the ground: the warmest days come about three weeks after the highest sun.
  const season = climate.seasonalAmplitudeC * seasonalFactor(ts - 5 * dayMs)
  return climate.annualMeanTempC + season + 4.5 * diurnalFactor(ts) + weather
}

/** Return the indoor temperature without an air conditioner, °C: smoothed over days, heated to 20 °C. */
export function indoorTempC(climate: Climate, ts: number): number {
  const outside = outdoorTempC(climate, ts - 3 * hourMs)
  return Math.max(20, 0.55 * outside + 10.5)
}

function dayWeatherC(climate: Climate, day: number): number {
  return 3 * new Random(climate.name, day).normal()
}
