import { dayMs, hourMs } from '../lib/time.ts'
import { afternoon, summer } from './calendar.ts'
import { Random } from './random.ts'

/** The weather at a home, °C. */
export interface Climate {
  /** Names the stream of its day-to-day weather. */
  name: string
  yearMeanC: number
  /** Half the difference between July and January. */
  seasonC: number
}

/** Outdoor temperature, °C: season, hour and a random part per day; the same whenever and by whomever it is asked. */
export function outdoorC(climate: Climate, ts: number): number {
  const day = Math.floor(ts / dayMs)
  const into = ts / dayMs - day
  const weather = (1 - into) * dayWeatherC(climate, day) + into * dayWeatherC(climate, day + 1)
  // The ground is slow: the warmest days come about three weeks after the highest sun.
  const season = climate.seasonC * summer(ts - 5 * dayMs)
  return climate.yearMeanC + season + 4.5 * afternoon(ts) + weather
}

/** Indoor temperature without an air conditioner: the house smooths the days and is heated to 20 °C. */
export function indoorC(climate: Climate, ts: number): number {
  const outside = outdoorC(climate, ts - 3 * hourMs)
  return Math.max(20, 0.55 * outside + 10.5)
}

function dayWeatherC(climate: Climate, day: number): number {
  return 3 * new Random(climate.name, day).normal()
}
