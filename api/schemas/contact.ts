import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { AddressSchemas } from '../../notices/channels/contact-addresses.ts'
import type { ContactsTable } from '../../store/records/desk-schema.ts'

/** Return the schema of a new contact, discriminated by its channel. */
export function createContactBody(addresses: AddressSchemas) {
  const [first, ...others] = Object.entries(addresses).map(([channel, address]) =>
    z.strictObject({ channel: z.literal(channel), address }),
  )
  if (first === undefined) throw new TypeError('no channel has contacts')
  return z.discriminatedUnion('channel', [first, ...others])
}

export const contactSchema = z
  .object({
    id: z.string(),
    user: z.string(),
    channel: z.string(),
    address: z
      .record(z.string(), z.unknown())
      .describe('Non-secret fields of the address; keys and tokens are never returned.'),
    state: z
      .enum(['active', 'gone'])
      .describe('`gone`: the channel reported that the address no longer exists.'),
    createdAt: z.date(),
  })
  .meta({ id: 'Contact', description: 'Delivery address of a user, in addition to MQTT and the inbox.' })

/** Return the part of an address that may be shown. */
const publicAddressFields = new Set(['to', 'url', 'endpoint'])

export function toContact(row: Selectable<ContactsTable>): z.output<typeof contactSchema> {
  return {
    id: row.id,
    user: row.user_id,
    channel: row.channel,
    address: Object.fromEntries(
      Object.entries(row.address).filter(([name]) => publicAddressFields.has(name)),
    ),
    state: row.state,
    createdAt: row.created_at,
  }
}
