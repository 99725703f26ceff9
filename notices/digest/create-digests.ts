import { createHash } from 'node:crypto'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { MessageCatalog } from '../messages/message-catalog.ts'
import { loadRecipient, writeNotices } from '../write/write-notices.ts'

/** What can wait for others, and be read among them. A question or a report stands for itself. */
const digestibleKinds = ['finding', 'reminder', 'care', 'progress']
/** With fewer there is nothing to fold. */
const minDigestSize = 2
const userBatchSize = 200

/**
 * Folds what an owner is to get at once, because it has waited for the end of his quiet hours, into one notice. Each
 * of them stays in his inbox, to be answered there; sent is the digest alone. Nothing that was tried before, or is urgent,
 * is folded.
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

/** A notice that was due at once when it was written is with its queue already. */
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
  const reader = await loadRecipient(trx, user, { messages })
  const ids = members.map(({ id }) => id)
  const list = members.map(({ title }) => `• ${title}`).join('\n')
  const same = `digest:${createHash('sha256').update(ids.join()).digest('hex').slice(0, 20)}`
  const [digest] = await writeNotices(trx, [
    {
      recipient: reader,
      dedupeKey: same,
      noticeKind: 'digest',
      messageKey: 'digest',
      ...reader.messages.renderMessage('digest', { n: members.length, list }),
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
