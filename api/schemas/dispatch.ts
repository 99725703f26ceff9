import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { OffersTable } from '../../store/records/desk-schema.ts'
import type { Considered } from '../../workers/dispatch/propose.ts'
import type { DemandForecast } from '../../workers/stock/forecast-demand.ts'
import { idField } from './fields.ts'

const actor = z.string().min(1).max(200)

export const offerBody = z.strictObject({
  technician: idField.describe('Id of the technician.'),
  by: actor.describe('Who offers it: `dispatcher:kim`.'),
})
export const answerBody = z.strictObject({
  answer: z.enum(['accepted', 'declined']),
  reason: z.string().min(1).max(1_000).optional(),
  by: actor.describe('Who answers: `technician:ada`.'),
})

export const offerSchema = z
  .object({
    id: z.string(),
    ticket: z.string(),
    technician: z.string(),
    state: z.enum(['offered', 'accepted', 'declined', 'expired', 'withdrawn']),
    offeredAt: z.date(),
    answerBy: z.date(),
    answeredAt: z.date().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Offer' })

export function toOffer(row: Selectable<OffersTable>): z.output<typeof offerSchema> {
  const { id, ticket_id: ticket, technician_id: technician, state, reason } = row
  const times = { offeredAt: row.offered_at, answerBy: row.answer_by, answeredAt: row.answered_at }
  return { id, ticket, technician, state, ...times, reason }
}

export const proposalsSchema = z
  .object({
    proposals: z.array(
      z.object({
        technician: z.string(),
        name: z.string(),
        cost: z.number().describe('In hours, by what weighs in: less is better.'),
        reasons: z.array(z.string()),
        distanceKm: z.number().nullable(),
        visitFrom: z.date().describe('When he could come first.'),
        partFrom: z.string().nullable().describe('Depot or van that the part would come from.'),
      }),
    ),
    leftOut: z.array(z.object({ technician: z.string(), because: z.string() })),
  })
  .meta({ id: 'Proposals' })

export function toProposals({ proposals, leftOut }: Considered): z.output<typeof proposalsSchema> {
  return {
    proposals: proposals.map(({ technician, name, cost, reasons, distanceKm = null, visit, partFrom }) => {
      const from = { visitFrom: new Date(visit.from), partFrom: partFrom?.depot ?? null }
      return { technician, name, cost, reasons, distanceKm, ...from }
    }),
    leftOut,
  }
}

export const demandSchema = z
  .object({
    from: z.date(),
    until: z.date(),
    demand: z.array(
      z.object({
        region: z.string(),
        part: z.string(),
        expected: z.number().describe('A sum of chances.'),
        tickets: z.int(),
        free: z.int(),
        shortage: z.number(),
      }),
    ),
    transfers: z.array(z.object({ part: z.string(), from: z.string(), to: z.string(), quantity: z.int() })),
  })
  .meta({ id: 'DemandForecast' })

export function toDemand({ from, until, ...rest }: DemandForecast): z.output<typeof demandSchema> {
  return { from: new Date(from), until: new Date(until), ...rest }
}
