import { type Kysely, type Selectable, sql } from 'kysely'
import type { NoticesTable, Records } from '../../store/records/schema.ts'

/** `last_error` of notices that are not for their user any more. */
export const foreignReason = 'the device has another owner, or is retired'

/** Kinds of notices that are of no use once a device is retired. That a visit was cancelled is still news. */
const kindsOfDevicesInUse = ['finding', 'reminder', 'maintenance_reminder']

type NoticeRow = Pick<Selectable<NoticesTable>, 'id' | 'user_id' | 'device_id' | 'kind'>

/**
 * Return why a notice must not be sent or answered any more: its device belongs to another owner, or to none, or is
 * retired. Looked up again each time, because a notice may wait for hours. Undefined for notices to staff.
 */
export async function reasonToWithdraw(
  db: Kysely<Records>,
  { user_id, device_id, kind }: NoticeRow,
): Promise<string | undefined> {
  if (device_id === null || kind === 'staff') return undefined
  const device = await db
    .selectFrom('devices')
    .select(['owner_id', 'retired_at', 'renamed_to'])
    .where('id', '=', device_id)
    .executeTakeFirst()
  if (device === undefined) return undefined
  if (device.owner_id !== user_id) return `the device ${device_id} does not belong to ${user_id} any more`
  // A renamed device goes on under another id; the sweep moves its notices there.
  const isRetired = device.retired_at !== null && device.renamed_to === null
  return isRetired && kindsOfDevicesInUse.includes(kind) ? `the device ${device_id} is retired` : undefined
}

/** Whether `reasonToWithdraw` has a reason, for rows of `notices` in SQL. */
export const isForeign = sql<boolean>`notices.kind <> 'staff' and exists (
  select 1 from devices where devices.id = notices.device_id and (
    devices.owner_id is distinct from notices.user_id
    or (devices.retired_at is not null and devices.renamed_to is null
      and notices.kind in (${sql.join(kindsOfDevicesInUse)}))))`

/** Withdraw every queued notice for which there is a reason; those that were sent already are not sent again. */
export async function withdrawForeignNotices(db: Kysely<Records>): Promise<void> {
  await sql`
    update notices set
      state = case notices.state when 'queued' then 'withdrawn' else notices.state end,
      next_attempt_at = null,
      last_error = ${foreignReason}
    where notices.state in ('queued', 'sent')
      and (notices.state = 'queued' or notices.next_attempt_at is not null)
      and ${isForeign}`.execute(db)
}
