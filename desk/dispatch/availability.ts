import type { Selectable } from 'kysely'
import { hourMs } from '../../lib/time.ts'
import { dayAfter, isoWeekday, type ZonedDay, zonedDay, zonedTimeToUtcMs } from '../../lib/zoned-time.ts'
import type { Shift, TechniciansTable } from '../../store/records/desk-schema.ts'

export interface VisitWindow {
  /** ms since 1970 UTC; `until` is excluded. */
  from: number
  until: number
}

export interface WorkSchedule {
  timeZone: string
  shifts: readonly Shift[]
  maxVisitsPerDay: number
}

/** Return the work schedule in a technician's row. */
export function workScheduleOf({
  time_zone: timeZone,
  shift: shifts,
  visits_a_day: maxVisitsPerDay,
}: Pick<Selectable<TechniciansTable>, 'time_zone' | 'shift' | 'visits_a_day'>): WorkSchedule {
  return { timeZone, shifts, maxVisitsPerDay }
}

/** Duration of a visit including travel, ms. */
export const visitDurationMs = 2 * hourMs

interface AvailabilitySearch {
  booked: readonly VisitWindow[]
  /** Earliest start, ms since 1970 UTC. */
  from: number
  /** Duration of a visit including travel, ms. */
  visitDurationMs: number
}

/** Length of the search. */
const horizonDays = 21
const gridMs = 15 * 60_000

/**
 * Find the first free slot in a technician's shifts, starting at a quarter of an hour.
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
  const { timeZone, shifts, maxVisitsPerDay } = time
  const begin = zonedTimeToUtcMs(day, '00:00', timeZone)
  const end = zonedTimeToUtcMs(dayAfter(day), '00:00', timeZone)
  const today = booked.filter((visit) => visit.from < end && visit.until > begin)
  if (today.length >= maxVisitsPerDay) return undefined
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

/** Return the shifts of a day, in order. */
function shiftsOn(day: ZonedDay, shifts: readonly Shift[]): Shift[] {
  const weekday = isoWeekday(day)
  return shifts
    .filter(({ days }) => days.includes(weekday))
    .toSorted((one, other) => one.from.localeCompare(other.from))
}

function roundUpToGrid(at: number): number {
  return Math.ceil(at / gridMs) * gridMs
}
