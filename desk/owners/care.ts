import type { Kysely } from 'kysely'
import { dayMs } from '../../lib/time.ts'
import type { MessageBook } from '../../notices/messages.ts'
import { readerOf, writeNotices } from '../../notices/write-notice.ts'
import type { Records } from '../../store/records/schema.ts'
import { aboutTicket, ticketsOfOwners } from './ticket-in-words.ts'

/** So long before its day an owner is reminded of a service, so that there is time to book. */
const aheadMs = 7 * dayMs
/** What was due longer ago, e.g. before the program was installed, is nobody's surprise any more. */
const lateMs = 60 * dayMs
const atOnce = 500

/**
 * Reminds owners of the next service that their technician has set, each once; not where the device has a ticket anyway.
 * What is due by use, months or season is said by rules: see `docs/service-desk.md`.
 */
export async function sweepNextServices(
  db: Kysely<Records>,
  { messages, now }: { messages: MessageBook; now: Date },
): Promise<void> {
  const due = await ticketsOfOwners(db)
    .where('next_service_at', '<=', new Date(now.getTime() + aheadMs))
    .where('next_service_at', '>', new Date(now.getTime() - lateMs))
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
    .limit(atOnce)
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
      const reader = await readerOf(trx, ticket.owner_id, { messages })
      const { words } = reader.messages
      const date = words.date(ticket.next_service_at?.getTime() ?? now.getTime(), reader.timeZone)
      await writeNotices(trx, [
        {
          ...aboutTicket(ticket, now.getTime()),
          reader,
          same: `next_service:${ticket.id}`,
          made: 'care',
          key: 'next_service',
          ...reader.messages.say('next_service', { device: words.device(ticket), date }),
          actions: ['snooze', 'done_myself', 'not_interested'],
          now,
        },
      ])
    })
  }
}
