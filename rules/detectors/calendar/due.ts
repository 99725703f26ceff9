import { dayMs } from '../../../lib/time.ts'
import type { CalendarConfig } from './config.ts'
import { addMonths, wholeMonths } from './months.ts'
import { type Climate, climateOf } from './regions.ts'

/** Start of use of the part, and its region. */
export interface InService {
  since: number
  region: string | undefined
}

/** Meteorological seasons: each begins on the first of this month in the northern hemisphere. */
const seasonStartMonth = { spring: 3, summer: 6, autumn: 9, winter: 12 } as const

/**
 * Return the newest date that is due: not after now plus `ahead`, and for a part that was in use by then.
 * Undefined where there is none yet, or never will be (no rainy season).
 */
export function latestDueDate(config: CalendarConfig, now: number, inUse: InService): number | undefined {
  const ahead = dueLeadMs(config)
  const until = now + ahead
  if (config.every !== undefined) {
    const times = Math.floor(wholeMonths(inUse.since, Math.max(until, inUse.since)) / config.every)
    return times === 0 ? undefined : addMonths(inUse.since, times * config.every)
  }
  const newest = Math.max(...datesAround(until, config, inUse).filter((date) => date <= until))
  return newest - ahead > inUse.since ? newest : undefined
}

/** Return when the first date after this one, or after the start of use, will be due. Infinite where there is none. */
export function nextDueAt(config: CalendarConfig, date: number | undefined, inUse: InService): number {
  const ahead = dueLeadMs(config)
  if (config.every !== undefined) {
    const times = date === undefined ? 0 : Math.floor(wholeMonths(inUse.since, date) / config.every)
    return addMonths(inUse.since, (times + 1) * config.every) - ahead
  }
  const after = date ?? inUse.since + ahead
  return Math.min(...datesAround(after, config, inUse).filter((next) => next > after)) - ahead
}

/** Return the dates of seasons or months in the year of a moment, and in the years before and after. */
function datesAround(moment: number, config: CalendarConfig, { region }: InService): number[] {
  const year = new Date(moment).getUTCFullYear()
  const months = monthsOf(config, climateOf(region))
  return [year - 1, year, year + 1].flatMap((year) => months.map((month) => Date.UTC(year, month - 1, 1)))
}

/** Default of `ahead` before a season. */
const seasonDueLeadMs = 30 * dayMs

function dueLeadMs({ before, ahead }: CalendarConfig): number {
  return ahead ?? (before === undefined ? 0 : seasonDueLeadMs)
}

function monthsOf({ before, months = [] }: CalendarConfig, climate: Climate | undefined): number[] {
  if (before === undefined) return months
  // A reminder in the wrong half of the year is worse than none.
  if (climate === undefined) return []
  const { hemisphere, rainy } = climate
  if (before === 'rainy_season') return rainy === undefined ? [] : [rainy[0]]
  const month = seasonStartMonth[before]
  return [hemisphere === 'north' ? month : ((month + 5) % 12) + 1]
}
