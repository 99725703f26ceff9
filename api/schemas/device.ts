import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { Device } from '../../contract/device.ts'
import { ownerId, region } from '../../ingest/decode/field-schemas.ts'
import { shortText } from '../../ingest/decode/zod-rejection.ts'
import type { DevicesTable } from '../../store/records/schema.ts'
import { timeField } from './fields.ts'
import { ticketSchema } from './ticket.ts'

export const deviceParams = z.strictObject({ id: z.string().min(1).max(200).describe('Id of the device.') })

const deviceFields = z.object({
  id: z.string(),
  kind: z.string(),
  model: z.string().nullable(),
  firmware: z.string().nullable(),
  owner: z.string().nullable(),
  site: z.string().nullable(),
  region: z.string().nullable(),
  inUseSince: z.date().nullable().describe('First use.'),
  retiredAt: z.date().nullable().describe('Since when the device is not in use; null while it is.'),
  renamedTo: z.string().nullable().describe('New id of a device that was renamed; its history is there.'),
  formerIds: z.array(z.string()).describe('Earlier ids, oldest first.'),
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
    site: row.site,
    region: row.region,
    inUseSince: row.in_use_since,
    retiredAt: row.retired_at,
    renamedTo: row.renamed_to,
    formerIds: row.former_ids,
    presence: row.presence,
    firstSeen: row.first_seen,
    updatedAt: row.updated_at,
  }
}

const clearable = {
  owner: ownerId.nullable().describe('User who gets the notices; null: no owner.'),
  site: shortText.nullable(),
  region: region.nullable().describe('ISO 3166 region, such as `DE` or `US-CA`.'),
}

/** Fields that an operator may change. */
export const devicePatchBody = z
  .strictObject({
    ...clearable,
    model: shortText.nullable(),
    firmware: shortText.nullable(),
    inUseSince: timeField.nullable().describe('First use.'),
  })
  .partial()

const reason = z.string().trim().min(1).max(200).exactOptional()

const simpleCommand = <D extends string>(name: D) => z.strictObject({ do: z.literal(name) })

export const deviceCommandBody = z.strictObject({
  command: z.discriminatedUnion('do', [
    z.strictObject({ do: z.literal('retire'), reason }),
    simpleCommand('restore'),
    simpleCommand('unassign'),
    z.strictObject({
      do: z.literal('move'),
      site: clearable.site.exactOptional(),
      region: clearable.region.exactOptional(),
    }),
    z.strictObject({ do: z.literal('rename'), to: z.string().max(200).describe('New id.') }),
    z.strictObject({
      do: z.literal('replace'),
      component: z
        .string()
        .max(200)
        .default('device')
        .describe('Replaced component; `device` for the whole appliance.'),
      at: timeField.exactOptional().describe('Time of the replacement. Default: now.'),
    }),
  ]),
})

export type DeviceCommandBody = z.output<typeof deviceCommandBody>['command']

export const registeredDeviceSchema = deviceFields
  .omit({ presence: true, firstSeen: true, updatedAt: true })
  .meta({
    id: 'RegisteredDevice',
    description: 'Device after a command. Lists, tickets and notices follow within seconds.',
  })

export function toRegisteredDevice(device: Device): z.output<typeof registeredDeviceSchema> {
  const { id, kind, model = null, firmware = null, owner = null, site = null, region = null } = device
  const { inUseSince, retired, formerIds = [] } = device
  return {
    id,
    kind,
    model,
    firmware,
    owner,
    site,
    region,
    inUseSince: inUseSince === undefined ? null : new Date(inUseSince),
    retiredAt: retired === undefined ? null : new Date(retired.at),
    renamedTo: retired?.renamedTo ?? null,
    formerIds: [...formerIds],
  }
}
