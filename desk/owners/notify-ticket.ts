import type { Kysely, Transaction } from 'kysely'
import { foreignReason } from '../../notices/deliver/withdraw-foreign.ts'
import type { MessageCatalog } from '../../notices/messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../../notices/write/write-notices.ts'
import type { Records } from '../../store/records/schema.ts'
import { noticeSubject, ownedTicketViews } from './ticket-view.ts'

const batchSize = 500

/**
 * Notify owners of open tickets for which no finding has written a notice, because its rule has none or limits its
 * repetition, so that no owner is surprised by a technician's visit. Looks at tickets with a change that may matter only.
 */
export async function sweepUnnotifiedTickets(
  db: Kysely<Records>,
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<void> {
  const last = await lastCheck(db)
  while (last !== undefined) {
    const checks = await db
      .selectFrom('ticket_notice_checks')
      .select(['id', 'ticket_id'])
      .where('id', '<=', last)
      .orderBy('id')
      .limit(batchSize)
      .execute()
    if (checks.length === 0) return
    const tickets = [...new Set(checks.map(({ ticket_id }) => ticket_id))]
    for (const ticket of await unnotifiedTickets(db, tickets))
      await db.transaction().execute((trx) => notifyOwner(trx, ticket, { messages, now }))
    // After the notices, so that a crash in between repeats the look. What changed since then has a check of its own.
    await db
      .deleteFrom('ticket_notice_checks')
      .where(
        'id',
        'in',
        checks.map(({ id }) => id),
      )
      .execute()
  }
}

async function lastCheck(db: Kysely<Records>): Promise<string | undefined> {
  const row = await db
    .selectFrom('ticket_notice_checks')
    .select('id')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Select those of the tickets that are open and active, and of which their owners have no notice. */
function unnotifiedTickets(db: Kysely<Records>, tickets: readonly string[]) {
  return (
    ownedTicketViews(db)
      .where('tickets.id', 'in', tickets)
      .where('work_state', 'in', ['open', 'assigned', 'en_route', 'in_progress'])
      .where('condition', '=', 'active')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('notices')
              .select('notices.id')
              .whereRef('ticket_id', '=', 'tickets.id')
              .whereRef('user_id', '=', 'devices.owner_id')
              // A finding that was over before its notice was sent: what clears the ticket is on its way.
              .where(({ or, and, eb }) =>
                or([
                  eb('notices.state', '!=', 'withdrawn'),
                  and([
                    eb('finding_id', 'is not', null),
                    eb('last_error', 'is distinct from', foreignReason),
                  ]),
                ]),
              ),
          ),
        ),
      )
      // A notice that was written for a finding before it had a ticket counts, too.
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('findings')
              .leftJoin('notices', (join) =>
                join
                  .onRef('notices.finding_id', '=', 'findings.id')
                  .onRef('notices.user_id', '=', 'devices.owner_id')
                  .on('notices.state', '!=', 'withdrawn'),
              )
              .select('findings.id')
              .whereRef('findings.ticket_id', '=', 'tickets.id')
              .where(({ or, eb }) =>
                or([eb('owed_notice', 'is not', null), eb('notices.id', 'is not', null)]),
              ),
          ),
        ),
      )
      .orderBy('tickets.created_at')
      .execute()
  )
}

type UnnotifiedTicket = Awaited<ReturnType<typeof unnotifiedTickets>>[number]

async function notifyOwner(
  trx: Transaction<Records>,
  ticket: UnnotifiedTicket,
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<void> {
  const recipient = await loadRecipient(trx, ticket.owner_id, { messages })
  const device = recipient.messages.formatter.deviceName(ticket)
  const dedupeKey = `service_needed:${ticket.id}:${ticket.owner_id}`
  const written = await writeNotices(trx, [
    {
      ...noticeSubject(ticket, ticket.opened_at.getTime()),
      recipient,
      dedupeKey,
      noticeKind: 'finding',
      messageKey: 'service_needed',
      ...recipient.messages.renderMessage('service_needed', { device }),
      urgent: ticket.severity === 'critical',
      actions: ['book', 'snooze', 'done_myself', 'not_interested'],
      now,
    },
  ])
  if (written.length === 0) await requeueWithdrawn(trx, dedupeKey, now)
}

/** Send a notice that was withdrawn after all, as if it were written now: its owner has the device again. */
async function requeueWithdrawn(trx: Transaction<Records>, dedupeKey: string, now: Date): Promise<void> {
  await trx
    .updateTable('notices')
    .set({ state: 'queued', created_at: now, next_attempt_at: now, last_error: null })
    .where('dedupe_key', '=', dedupeKey)
    .where('state', '=', 'withdrawn')
    .execute()
}
