import type { Selectable } from 'kysely'
import { hourMs } from '../../lib/time.ts'
import type { Shift, TechniciansTable } from '../../store/records/desk-schema.ts'
import { dayAfter, isoWeekday, type ZonedDay, zonedDay, zonedTime } from './zoned-time.ts'

export interface Visit {
  /** ms since 1970 UTC; `until` is not part of it. */
  from: number
  until: number
}

export interface WorkingTime {
  timeZone: string
  shifts: readonly Shift[]
  visitsADay: number
}

/** Working time as a technician's row has it. */
export function workingTimeOf({
  time_zone: timeZone,
  shift: shifts,
  visits_a_day: visitsADay,
}: Pick<Selectable<TechniciansTable>, 'time_zone' | 'shift' | 'visits_a_day'>): WorkingTime {
  return { timeZone, shifts, visitsADay }
}

/** How long a visit takes, with the way to it, ms. */
export const visitMs = 2 * hourMs

interface Search {
  booked: readonly Visit[]
  /** Not before this, ms. */
  from: number
  /** How long a visit takes, with the way to it, ms. */
  visitMs: number
}

/** So far ahead is looked. */
const horizonDays = 21
const gridMs = 15 * 60_000

/**
 * The first visit that fits into somebody's shifts beside what is booked, beginning at a quarter of an hour.
 * @returns undefined when there is none within three weeks
 */
export function firstFree(time: WorkingTime, search: Search): Visit | undefined {
  let day = zonedDay(search.from, time.timeZone)
  for (let ahead = 0; ahead <= horizonDays; ahead++) {
    const visit = freeOn(day, time, search)
    if (visit !== undefined) return visit
    day = dayAfter(day)
  }
  return undefined
}

function freeOn(day: ZonedDay, time: WorkingTime, { booked, from, visitMs }: Search): Visit | undefined {
  const { timeZone, shifts, visitsADay } = time
  const begin = zonedTime(day, '00:00', timeZone)
  const end = zonedTime(dayAfter(day), '00:00', timeZone)
  const today = booked.filter((visit) => visit.from < end && visit.until > begin)
  if (today.length >= visitsADay) return undefined
  for (const shift of workedOn(day, shifts)) {
    const until = zonedTime(day, shift.until, timeZone)
    let at = onGrid(Math.max(from, zonedTime(day, shift.from, timeZone)))
    while (at + visitMs <= until) {
      const visit = { from: at, until: at + visitMs }
      const other = today.find((one) => one.from < visit.until && one.until > visit.from)
      if (other === undefined) return visit
      at = onGrid(other.until)
    }
  }
  return undefined
}

/** The shifts of a day, in their order. */
function workedOn(day: ZonedDay, shifts: readonly Shift[]): Shift[] {
  const weekday = isoWeekday(day)
  return shifts
    .filter(({ days }) => days.includes(weekday))
    .toSorted((one, other) => one.from.localeCompare(other.from))
}

function onGrid(at: number): number {
  return Math.ceil(at / gridMs) * gridMs
}
