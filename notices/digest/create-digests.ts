import { createHash } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { MessageCatalog } from '../messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../write/write-notices.ts'

/** Kinds of notices that a digest may contain. Surveys and service reports are always sent on their own. */
const digestibleKinds = ['finding', 'reminder', 'maintenance_reminder', 'progress']
/** Fewer notices are sent on their own. */
const minDigestSize = 2
const userBatchSize = 200

/**
 * Group the notices that have waited for the end of an owner's quiet hours into one digest. Each of them appears in the
 * owner's inbox and can be answered there; only the digest is sent. Notices that are urgent or were attempted before are
 * sent on their own.
 */
export async function createDigests(
  db: Kysely<Records>,
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<void> {
  const users = await digestCandidates(db, now)
    .innerJoin('owners', 'owners.id', 'notices.user_id')
    .select('user_id')
    .groupBy('user_id')
    .having(sql<number>`count(*)`, '>=', minDigestSize)
    .limit(userBatchSize)
    .execute()
  for (const { user_id } of users) {
    await db.transaction().execute((trx) => createDigestFor(trx, user_id, { messages, now }))
  }
}

/** Excludes notices that were due when they were written: their job is in the queue already. */
function digestCandidates(db: Kysely<Records>, now: Date) {
  return db
    .selectFrom('notices')
    .where('notices.state', '=', 'queued')
    .where('digest_id', 'is', null)
    .where('attempts', '=', 0)
    .where('urgent', '=', false)
    .where('notices.kind', 'in', digestibleKinds)
    .where('next_attempt_at', '<=', now)
    .whereRef('next_attempt_at', '>', 'notices.created_at')
}

async function createDigestFor(
  trx: Transaction<Records>,
  user: string,
  { messages, now }: { messages: MessageCatalog; now: Date },
): Promise<void> {
  const members = await digestCandidates(trx, now)
    .select(['notices.id', 'title'])
    .where('user_id', '=', user)
    .orderBy('notices.created_at')
    .orderBy(sql`(data->>'at')::bigint`)
    .orderBy('notices.id')
    .forUpdate()
    .execute()
  if (members.length < minDigestSize) return
  const recipient = await loadRecipient(trx, user, { messages })
  const ids = members.map(({ id }) => id)
  const list = members.map(({ title }) => `• ${title}`).join('\n')
  const dedupeKey = `digest:${createHash('sha256').update(ids.join()).digest('hex').slice(0, 20)}`
  const [digest] = await writeNotices(trx, [
    {
      recipient,
      dedupeKey,
      noticeKind: 'digest',
      messageKey: 'digest',
      ...recipient.messages.renderMessage('digest', { n: members.length, list }),
      device: null,
      ticket: null,
      kind: null,
      component: null,
      severity: 'minor',
      at: now.getTime(),
      evidence: null,
      now,
    },
  ])
  if (digest === undefined) return
  await trx
    .updateTable('notices')
    .set({ digest_id: digest, next_attempt_at: null, inbox_at: now })
    .where('id', 'in', ids)
    .execute()
}
