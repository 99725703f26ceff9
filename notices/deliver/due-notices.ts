import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'

/** As many are sent at once to somebody who subscribes to the notices of all users; the others when they are due. */
const maxAwaitingNotices = 1_000

/**
 * Return the ids of notices of these users that wait for an MQTT subscriber, oldest first.
 * @param users undefined for those of all users, 1,000 at most
 */
export async function noticesAwaitingSubscriber(
  db: Kysely<Records>,
  users: readonly string[] | undefined,
): Promise<string[]> {
  const rows = await undeliveredNotices(db)
    .select('id')
    .$if(users !== undefined, (query) => query.where('user_id', 'in', users ?? []))
    .$if(users === undefined, (query) => query.limit(maxAwaitingNotices))
    .where(({ or, eb, exists, selectFrom }) =>
      or([
        eb('state', '=', 'queued'),
        // Sent on another route, but not on MQTT yet.
        exists(
          selectFrom('deliveries')
            .select('notice_id')
            .whereRef('notice_id', '=', 'notices.id')
            .where('contact_id', '=', '')
            .where('deliveries.state', '=', 'queued'),
        ),
      ]),
    )
    .orderBy('created_at')
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Let the notices that an MQTT broker was given, and that no phone has confirmed, wait for a subscriber again: call it when
 * that broker has lost its messages, as an embedded one does with its process.
 */
export async function awaitSubscribersAgain(db: Kysely<Records>, now: Date): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ state: 'queued', not_before: now })
    .where('contact_id', '=', '')
    .where('state', '=', 'sent')
    .where('notice_id', 'in', undeliveredNotices(db).select('id'))
    .execute()
}

/** Return the ids of notices that are due, the longest due first. */
export async function dueNotices(db: Kysely<Records>, now: Date, limit: number): Promise<string[]> {
  const rows = await undeliveredNotices(db)
    .select('id')
    .where('next_attempt_at', '<=', now)
    .orderBy('next_attempt_at')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

function undeliveredNotices(db: Kysely<Records>) {
  return db.selectFrom('notices').where('state', 'in', ['queued', 'sent']).where('digest_id', 'is', null)
}
