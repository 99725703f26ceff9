import { dayMs, hourMs } from '../lib/time.ts'
import { diurnalFactor, seasonalFactor } from './calendar.ts'
import { Random } from './random.ts'

/** The weather at a home, °C. */
export interface Climate {
  /** Names the stream of its day-to-day weather. */
  name: string
  annualMeanTempC: number
  /** Half the difference between July and January. */
  seasonalAmplitudeC: number
}

/** Outdoor temperature, °C: season, hour and a random part per day; the same whenever and by whomever it is asked. */
export function outdoorTempC(climate: Climate, ts: number): number {
  const day = Math.floor(ts / dayMs)
  const into = ts / dayMs - day
  const weather = (1 - into) * dayWeatherC(climate, day) + into * dayWeatherC(climate, day + 1)
  // The ground is slow: the warmest days come about three weeks after the highest sun.
  const season = climate.seasonalAmplitudeC * seasonalFactor(ts - 5 * dayMs)
  return climate.annualMeanTempC + season + 4.5 * diurnalFactor(ts) + weather
}

/** Indoor temperature without an air conditioner: the house smooths the days and is heated to 20 °C. */
export function indoorTempC(climate: Climate, ts: number): number {
  const outside = outdoorTempC(climate, ts - 3 * hourMs)
  return Math.max(20, 0.55 * outside + 10.5)
}

function dayWeatherC(climate: Climate, day: number): number {
  return 3 * new Random(climate.name, day).normal()
}
