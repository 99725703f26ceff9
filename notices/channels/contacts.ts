import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { type ContactChannelName, parseAddress } from './contact-addresses.ts'

export interface NewContact {
  id: string
  user: string
  channel: ContactChannelName
  address: unknown
  now: Date
}

export type AddContactResult =
  | { is: 'added' }
  /** The same address of the same user is there already, and active again if it was gone. */
  | { is: 'known'; id: string }
  | { is: 'refused'; reasons: string[] }

/** Keeps where a user can be reached. Somebody who tells an address that was gone is there again. */
export async function addContact(trx: Transaction<Records>, contact: NewContact): Promise<AddContactResult> {
  const { id, user, channel, now } = contact
  const parsed = parseAddress(channel, contact.address)
  if (parsed.is === 'refused') return parsed
  const address = JSON.stringify(parsed.address)
  // The same twice at once, e.g. from a page that was loaded twice, is one contact.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`contacts of ${user}`}, 0))`.execute(trx)
  const known = await trx
    .updateTable('contacts')
    .set({ state: 'active' })
    .where('user_id', '=', user)
    .where('channel', '=', channel)
    .where(sql<boolean>`address = ${address}::jsonb`)
    .returning('id')
    .executeTakeFirst()
  if (known !== undefined) return { is: 'known', id: known.id }
  await trx
    .insertInto('contacts')
    .values({ id, user_id: user, channel, address, state: 'active', created_at: now })
    .execute()
  return { is: 'added' }
}
