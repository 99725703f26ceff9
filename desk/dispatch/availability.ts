import type { Selectable } from 'kysely'
import { hourMs } from '../../lib/time.ts'
import { dayAfter, isoWeekday, type ZonedDay, zonedDay, zonedTimeToUtcMs } from '../../lib/zoned-time.ts'
import type { Shift, TechniciansTable } from '../../store/records/desk-schema.ts'

export interface VisitWindow {
  /** ms since 1970 UTC; `until` is not part of it. */
  from: number
  until: number
}

export interface WorkSchedule {
  timeZone: string
  shifts: readonly Shift[]
  maxVisitsPerDay: number
}

/** Working time as a technician's row has it. */
export function workScheduleOf({
  time_zone: timeZone,
  shift: shifts,
  visits_a_day: visitsADay,
}: Pick<Selectable<TechniciansTable>, 'time_zone' | 'shift' | 'visits_a_day'>): WorkSchedule {
  return { timeZone, shifts, maxVisitsPerDay: visitsADay }
}

/** How long a visit takes, with the way to it, ms. */
export const visitDurationMs = 2 * hourMs

interface AvailabilitySearch {
  booked: readonly VisitWindow[]
  /** Not before this, ms. */
  from: number
  /** How long a visit takes, with the way to it, ms. */
  visitDurationMs: number
}

/** So far ahead is looked. */
const horizonDays = 21
const gridMs = 15 * 60_000

/**
 * The first visit that fits into somebody's shifts beside what is booked, beginning at a quarter of an hour.
 * @returns undefined when there is none within three weeks
 */
export function findFirstSlot(time: WorkSchedule, search: AvailabilitySearch): VisitWindow | undefined {
  let day = zonedDay(search.from, time.timeZone)
  for (let ahead = 0; ahead <= horizonDays; ahead++) {
    const visit = findSlotOn(day, time, search)
    if (visit !== undefined) return visit
    day = dayAfter(day)
  }
  return undefined
}

function findSlotOn(
  day: ZonedDay,
  time: WorkSchedule,
  { booked, from, visitDurationMs: visitMs }: AvailabilitySearch,
): VisitWindow | undefined {
  const { timeZone, shifts, maxVisitsPerDay: visitsADay } = time
  const begin = zonedTimeToUtcMs(day, '00:00', timeZone)
  const end = zonedTimeToUtcMs(dayAfter(day), '00:00', timeZone)
  const today = booked.filter((visit) => visit.from < end && visit.until > begin)
  if (today.length >= visitsADay) return undefined
  for (const shift of shiftsOn(day, shifts)) {
    const until = zonedTimeToUtcMs(day, shift.until, timeZone)
    let at = roundUpToGrid(Math.max(from, zonedTimeToUtcMs(day, shift.from, timeZone)))
    while (at + visitMs <= until) {
      const visit = { from: at, until: at + visitMs }
      const other = today.find((one) => one.from < visit.until && one.until > visit.from)
      if (other === undefined) return visit
      at = roundUpToGrid(other.until)
    }
  }
  return undefined
}

/** The shifts of a day, in their order. */
function shiftsOn(day: ZonedDay, shifts: readonly Shift[]): Shift[] {
  const weekday = isoWeekday(day)
  return shifts
    .filter(({ days }) => days.includes(weekday))
    .toSorted((one, other) => one.from.localeCompare(other.from))
}

function roundUpToGrid(at: number): number {
  return Math.ceil(at / gridMs) * gridMs
}
