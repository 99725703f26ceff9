import { type RawBuilder, sql } from 'kysely'

/** SQL condition: a row of `tickets` counts as a fault. It has verdict worn or other, or none yet and is not cancelled. */
export const isCountedFault: RawBuilder<boolean> = sql<boolean>`(
  (tickets.verdict is null and tickets.work_state <> 'cancelled') or tickets.verdict in ('worn', 'other')
)`

/** SQL condition: a technician found no fault (verdict not worn, or sensor fault). */
export const isNoFaultFound: RawBuilder<boolean> = sql<boolean>`coalesce(tickets.verdict in ('not_worn', 'sensor_fault'), false)`
