import type { Resolution } from '../../desk/tickets/command.ts'
import type { RepairOutcome } from '../../device-sim/people/repair.ts'
import { dayMs } from '../../lib/time.ts'
import type { Ticket } from './world.ts'

/** A part that was changed is looked at again after a year. */
const nextServiceMs = 365 * dayMs

/** What a technician writes when he is done. */
export function serviceReport(
  { part, component }: Pick<Ticket, 'part' | 'component'>,
  { verdict, usesPart }: Extract<RepairOutcome, { ended: 'done' }>,
  now: number,
): Resolution {
  const used = usesPart && part !== null ? [{ part, quantity: 1 }] : []
  const what = component.replaceAll('_', ' ')
  return {
    verdict,
    cause: causes[verdict](what),
    work: used.length > 0 ? `${what} replaced` : works[verdict](what),
    parts: used,
    ...(used.length > 0 && { nextServiceAt: now + nextServiceMs }),
  }
}

const causes: Record<Resolution['verdict'], (what: string) => string> = {
  worn: (what) => `${what} worn`,
  not_worn: (what) => `${what} as it should be`,
  sensor_fault: (what) => `sensor of the ${what} shows wrong values`,
  other: (what) => `${what} had been replaced already`,
}

const works: Record<Resolution['verdict'], (what: string) => string> = {
  worn: (what) => `${what} cleaned and adjusted`,
  not_worn: () => 'measured, nothing to do',
  sensor_fault: () => 'plug of the sensor cleaned',
  other: () => 'measured, nothing to do',
}
