import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { DevicesTable } from '../../store/records/schema.ts'
import { ticketSchema } from './ticket.ts'

export const deviceParams = z.strictObject({ id: z.string().min(1).max(200).describe('Id of the device.') })

const deviceFields = z.object({
  id: z.string(),
  kind: z.string(),
  model: z.string().nullable(),
  firmware: z.string().nullable(),
  owner: z.string().nullable(),
  presence: z.enum(['online', 'lost']).nullable().describe('What it last said of itself.'),
  firstSeen: z.date(),
  updatedAt: z.date(),
})

export const deviceSchema = deviceFields.meta({ id: 'Device' })

export const deviceDetailSchema = deviceFields
  .extend({
    latest: z
      .array(z.object({ metric: z.string(), value: z.number(), at: z.date() }))
      .describe('The last value of each metric that was accepted, be it in the charts yet or not.'),
    seriesBehind: z
      .int()
      .nullable()
      .describe('Accepted entries that the charts have yet to get; null: not known.'),
    openTickets: z.array(ticketSchema).describe('Newest first.'),
  })
  .meta({ id: 'DeviceDetail' })

export function toDevice(row: Selectable<DevicesTable>): z.output<typeof deviceSchema> {
  return {
    id: row.id,
    kind: row.kind,
    model: row.model,
    firmware: row.firmware,
    owner: row.owner_id,
    presence: row.presence,
    firstSeen: row.first_seen,
    updatedAt: row.updated_at,
  }
}
