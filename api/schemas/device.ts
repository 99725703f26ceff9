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
  presence: z.enum(['online', 'lost']).nullable().describe('Last reported presence.'),
  firstSeen: z.date(),
  updatedAt: z.date(),
})

export const deviceSchema = deviceFields.meta({ id: 'Device' })

export const deviceDetailSchema = deviceFields
  .extend({
    latest: z
      .array(z.object({ metric: z.string(), value: z.number(), at: z.date() }))
      .describe('Last accepted value of each metric, including values not yet in the time series.'),
    seriesBehind: z
      .int()
      .nullable()
      .describe('Accepted journal entries not yet in the time series; null if unknown.'),
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
