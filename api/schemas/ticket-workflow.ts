import type { Selectable } from 'kysely'
import { z } from 'zod'
import { slaStatusAt } from '../../desk/tickets/sla-clocks.ts'
import { slaClocksOf } from '../../desk/tickets/ticket-sla.ts'
import type { EscalationsTable, OffersTable, ReservationsTable } from '../../store/records/desk-schema.ts'
import type { TicketsTable } from '../../store/records/schema.ts'

export const offerSchema = z
  .object({
    id: z.string(),
    ticket: z.string(),
    technician: z.string(),
    offeredAt: z.date(),
    answerBy: z.date(),
    state: z.enum(['offered', 'accepted', 'declined', 'expired', 'withdrawn']),
    reason: z.string().nullable(),
    answeredAt: z.date().nullable(),
  })
  .meta({ id: 'Offer', description: 'Offer of a ticket to a technician.' })

export function toOffer(row: Selectable<OffersTable>): z.output<typeof offerSchema> {
  return {
    id: row.id,
    ticket: row.ticket_id,
    technician: row.technician_id,
    offeredAt: row.offered_at,
    answerBy: row.answer_by,
    state: row.state,
    reason: row.reason,
    answeredAt: row.answered_at,
  }
}

export const reservationSchema = z
  .object({
    depot: z.string(),
    part: z.string(),
    quantity: z.int(),
    state: z.enum(['held', 'used', 'released']),
    at: z.date(),
  })
  .meta({ id: 'Reservation', description: 'Part reserved for or used by a ticket.' })

export function toReservation(row: Selectable<ReservationsTable>): z.output<typeof reservationSchema> {
  const { depot_id: depot, part, quantity, state, at } = row
  return { depot, part, quantity, state, at }
}

export const escalationSchema = z
  .object({
    clock: z.enum(['response', 'solution']),
    step: z.enum(['at_risk', 'breached', 'overdue']),
    told: z.enum(['technician', 'dispatcher', 'service_manager']),
    at: z.date(),
  })
  .meta({ id: 'Escalation' })

export function toEscalation(row: Selectable<EscalationsTable>): z.output<typeof escalationSchema> {
  const { clock, step, told, at } = row
  return { clock, step, told, at }
}

const slaClockSchema = z
  .object({
    state: z
      .enum(['running', 'at_risk', 'breached', 'overdue', 'met', 'missed'])
      .describe('State of the SLA clock; frozen while waiting for the owner.'),
    dueAt: z.date(),
    metAt: z.date().nullable(),
  })
  .meta({ id: 'Clock', description: 'SLA target and its state.' })

export const slaClocksSchema = z.object({
  response: slaClockSchema
    .nullable()
    .describe('Response target: until a technician accepts the ticket; null if not applicable.'),
  solution: slaClockSchema
    .nullable()
    .describe('Resolution target: until arrival on site (levels 1 and 2) or resolution (level 3).'),
})

export function toSlaClocks(ticket: Selectable<TicketsTable>, now: number): z.output<typeof slaClocksSchema> {
  const clocks = slaClocksOf(ticket)
  const toSlaClock = (clock: typeof clocks.response) =>
    clock === undefined
      ? null
      : {
          state: slaStatusAt(clock, now),
          dueAt: new Date(clock.dueAt),
          metAt: clock.metAt === undefined ? null : new Date(clock.metAt),
        }
  return { response: toSlaClock(clocks.response), solution: toSlaClock(clocks.solution) }
}
