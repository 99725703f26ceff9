import type { Kysely } from 'kysely'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { noticeSubject, ownedTicketViews } from './ticket-view.ts'

const batchSize = 500

/**
 * Tells owners of tickets that no finding has told them of: its rule has no notice, or holds it back because he was told
 * of the same a while ago. So nobody is sent to somebody who knows of nothing.
 */
export async function sweepUnnotifiedTickets(
  db: Kysely<Records>,
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<void> {
  const untold = await ownedTicketViews(db)
    .where('work_state', 'in', ['open', 'assigned', 'en_route', 'in_progress'])
    .where('condition', '=', 'active')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('notices')
            .select('notices.id')
            .whereRef('ticket_id', '=', 'tickets.id')
            .whereRef('user_id', '=', 'devices.owner_id'),
        ),
      ),
    )
    // What a storm has told of a finding before there was a ticket counts as well.
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('findings')
            .leftJoin('notices', (join) =>
              join
                .onRef('notices.finding_id', '=', 'findings.id')
                .onRef('notices.user_id', '=', 'devices.owner_id'),
            )
            .select('findings.id')
            .whereRef('findings.ticket_id', '=', 'tickets.id')
            .where(({ or, eb }) => or([eb('owed_notice', 'is not', null), eb('notices.id', 'is not', null)])),
        ),
      ),
    )
    .orderBy('tickets.created_at')
    .limit(batchSize)
    .execute()
  for (const ticket of untold) {
    await db.transaction().execute(async (trx) => {
      const reader = await loadRecipient(trx, ticket.owner_id, { messages })
      const device = reader.messages.formatter.deviceName(ticket)
      await writeNotices(trx, [
        {
          ...noticeSubject(ticket, ticket.opened_at.getTime()),
          recipient: reader,
          dedupeKey: `service_needed:${ticket.id}`,
          noticeKind: 'finding',
          messageKey: 'service_needed',
          ...reader.messages.renderMessage('service_needed', { device }),
          urgent: ticket.severity === 'critical',
          actions: ['book', 'snooze', 'done_myself', 'not_interested'],
          now,
        },
      ])
    })
  }
}
