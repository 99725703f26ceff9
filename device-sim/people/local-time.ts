import { dayMs, minuteMs } from '../../lib/time.ts'
import { type LocalTime, localTimeAt } from '../../lib/zoned-time.ts'

/**
 * Return the first instant from `at` on whose local time satisfies the predicate, in steps of a quarter of an hour.
 * @param at ms since 1970 UTC
 * @returns undefined when there is none within 14 days
 */
export function findNextTime(
  timeZone: string,
  at: number,
  predicate: (clock: LocalTime) => boolean,
): number | undefined {
  if (predicate(localTimeAt(at, timeZone))) return at
  const quarter = 15 * minuteMs
  for (let moment = Math.ceil((at + 1) / quarter) * quarter; moment < at + 14 * dayMs; moment += quarter) {
    if (predicate(localTimeAt(moment, timeZone))) return moment
  }
  return undefined
}
