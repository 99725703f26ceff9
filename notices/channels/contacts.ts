import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { type AddressSchemas, parseAddress } from './contact-addresses.ts'

export interface NewContact {
  id: string
  user: string
  channel: string
  address: unknown
  now: Date
  /** Of all channels. Default: the shipped ones. */
  addresses?: AddressSchemas
}

export type AddContactResult =
  | { is: 'added' }
  /** The user has this address already; it is active again if it was `gone`. */
  | { is: 'existing'; id: string }
  | { is: 'invalid'; reasons: string[] }

/** Store a contact of a user. An existing one that was `gone` becomes active again. */
export async function addContact(trx: Transaction<Records>, contact: NewContact): Promise<AddContactResult> {
  const { id, user, channel, now } = contact
  const parsed = parseAddress(channel, contact.address, contact.addresses)
  if (parsed.is === 'invalid') return parsed
  const address = JSON.stringify(parsed.address)
  // Two requests at once with the same address, e.g. from a page loaded twice, must create one contact.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`contacts of ${user}`}, 0))`.execute(trx)
  const existing = await trx
    .updateTable('contacts')
    .set({ state: 'active' })
    .where('user_id', '=', user)
    .where('channel', '=', channel)
    .where(sql<boolean>`address = ${address}::jsonb`)
    .returning('id')
    .executeTakeFirst()
  if (existing !== undefined) return { is: 'existing', id: existing.id }
  await trx
    .insertInto('contacts')
    .values({ id, user_id: user, channel, address, state: 'active', created_at: now })
    .execute()
  return { is: 'added' }
}
