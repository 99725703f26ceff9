import type { Kysely } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { noticeSubject, ownedTicketViews } from './ticket-view.ts'

/** Time before a service at which its owner is reminded, so that there is time to book. */
const reminderLeadMs = 7 * dayMs
/** Services that are overdue for longer, e.g. since before the installation, are not reminded of. */
const maxOverdueMs = 60 * dayMs
const batchSize = 500

/**
 * Remind owners once of each next service that a technician has set, unless the device has an open ticket. Rules cover
 * services by use, months or season: see `docs/service-desk.md`.
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
      const inserted = await trx
        .insertInto('care_reminders')
        .values({ device_id: ticket.device_id, care: 'next_service', due_on: ticket.id, at: now })
        .onConflict((conflict) => conflict.doNothing())
        .returning('device_id')
        .executeTakeFirst()
      if (inserted === undefined) return
      const recipient = await loadRecipient(trx, ticket.owner_id, { messages })
      const { formatter } = recipient.messages
      const date = formatter.formatDate(
        ticket.next_service_at?.getTime() ?? now.getTime(),
        recipient.timeZone,
      )
      await writeNotices(trx, [
        {
          ...noticeSubject(ticket, now.getTime()),
          recipient,
          dedupeKey: `next_service:${ticket.id}`,
          noticeKind: 'maintenance_reminder',
          messageKey: 'next_service',
          ...recipient.messages.renderMessage('next_service', { device: formatter.deviceName(ticket), date }),
          actions: ['snooze', 'done_myself', 'not_interested'],
          now,
        },
      ])
    })
  }
}
