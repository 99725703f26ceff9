import { type Kysely, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'

/** `last_error` of notices that are not for their user any more. */
export const foreignReason = 'the device has another owner, or is retired'

/** Kinds of notices that are of no use once a device is retired. That a visit was cancelled is still news. */
const kindsOfDevicesInUse = ['finding', 'reminder', 'maintenance_reminder']

/**
 * Whether a row of `notices` must not be sent or answered any more: its device belongs to another owner, or to none, or
 * is retired. A renamed device goes on under another id, to which the sweep moves its notices. Never so for staff.
 */
export const isForeign = sql<boolean>`notices.kind <> 'staff' and exists (
  select 1 from devices where devices.id = notices.device_id and (
    devices.owner_id is distinct from notices.user_id
    or (devices.retired_at is not null and devices.renamed_to is null
      and notices.kind in (${sql.join(kindsOfDevicesInUse)}))))`

/** Tell whether a notice is not for its user any more. */
export async function isForeignNotice(db: Kysely<Records>, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('notices')
    .select('id')
    .where('id', '=', id)
    .where(isForeign)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Withdraw notices that are not for their users any more; one that was sent stays so, because it may have arrived, and is
 * not sent again.
 * @param id of the only notice to look at; default: all that are still to be sent
 * @returns their number
 */
export async function withdrawForeignNotices(db: Kysely<Records>, id?: string): Promise<number> {
  const selected =
    id === undefined
      ? sql`(notices.state = 'queued' or notices.next_attempt_at is not null)`
      : sql`notices.id = ${id}`
  const { numAffectedRows = 0n } = await sql`
    update notices set
      state = case notices.state when 'queued' then 'withdrawn' else notices.state end,
      next_attempt_at = null,
      last_error = ${foreignReason}
    where notices.state in ('queued', 'sent') and ${selected} and ${isForeign}`.execute(db)
  return Number(numAffectedRows)
}
