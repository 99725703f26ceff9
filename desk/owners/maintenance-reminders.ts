import type { Kysely } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { noticeSubject, ownedTicketViews } from './ticket-view.ts'

/** So long before its day an owner is reminded of a service, so that there is time to book. */
const reminderLeadMs = 7 * dayMs
/** What was due longer ago, e.g. before the program was installed, is nobody's surprise any more. */
const maxOverdueMs = 60 * dayMs
const batchSize = 500

/**
 * Reminds owners of the next service that their technician has set, each once; not where the device has a ticket anyway.
 * What is due by use, months or season is said by rules: see `docs/service-desk.md`.
 */
export async function sweepMaintenanceReminders(
  db: Kysely<Records>,
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<void> {
  const due = await ownedTicketViews(db)
    .where('next_service_at', '<=', new Date(now.getTime() + reminderLeadMs))
    .where('next_service_at', '>', new Date(now.getTime() - maxOverdueMs))
    .where(({ not, exists, selectFrom, ref }) =>
      not(
        exists(
          selectFrom('care_reminders')
            .select('device_id')
            .whereRef('care_reminders.device_id', '=', 'tickets.device_id')
            .where('care', '=', 'next_service')
            .where('due_on', '=', ref('tickets.id')),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('tickets as other')
            .select('other.id')
            .whereRef('other.device_id', '=', 'tickets.device_id')
            .where('other.work_state', 'in', ['open', 'assigned', 'en_route', 'in_progress']),
        ),
      ),
    )
    .limit(batchSize)
    .execute()
  for (const ticket of due) {
    await db.transaction().execute(async (trx) => {
      const given = await trx
        .insertInto('care_reminders')
        .values({ device_id: ticket.device_id, care: 'next_service', due_on: ticket.id, at: now })
        .onConflict((conflict) => conflict.doNothing())
        .returning('device_id')
        .executeTakeFirst()
      if (given === undefined) return
      const reader = await loadRecipient(trx, ticket.owner_id, { messages })
      const { formatter: words } = reader.messages
      const date = words.formatDate(ticket.next_service_at?.getTime() ?? now.getTime(), reader.timeZone)
      await writeNotices(trx, [
        {
          ...noticeSubject(ticket, now.getTime()),
          recipient: reader,
          dedupeKey: `next_service:${ticket.id}`,
          noticeKind: 'maintenance_reminder',
          messageKey: 'next_service',
          ...reader.messages.renderMessage('next_service', { device: words.deviceName(ticket), date }),
          actions: ['snooze', 'done_myself', 'not_interested'],
          now,
        },
      ])
    })
  }
}
