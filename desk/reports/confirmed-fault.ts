import { type RawBuilder, sql } from 'kysely'

/** Whether a row of `tickets` is one of a fault: neither was nothing found, nor was it cancelled before anybody looked. */
export const isConfirmedFault: RawBuilder<boolean> = sql<boolean>`(
  (tickets.verdict is null and tickets.work_state <> 'cancelled') or tickets.verdict in ('worn', 'other')
)`

/** Whether somebody looked, and the part was sound. */
export const isNoFaultFound: RawBuilder<boolean> = sql<boolean>`coalesce(tickets.verdict in ('not_worn', 'sensor_fault'), false)`
