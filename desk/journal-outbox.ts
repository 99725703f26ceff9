import type { Kysely } from 'kysely'
import type { EventEntry } from '../contract/entry.ts'
import type { Records } from '../store/records/schema.ts'

export interface SendJournalOutboxOptions {
  /** Resolves when the entries are durable in the journal. */
  append(entries: EventEntry[]): Promise<unknown>
  now: Date
}

const atOnce = 500

/**
 * Hands what the desk has to tell over to the journal, in order. A crash between the two tells it twice, which does no
 * harm: a replacement that is not newer than the part's present life changes nothing, in rules and records.
 */
export async function sendJournalOutbox(
  db: Kysely<Records>,
  { append, now }: SendJournalOutboxOptions,
): Promise<void> {
  const rows = await db
    .selectFrom('journal_outbox')
    .select(['id', 'entry'])
    .where('sent_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(atOnce)
    .execute()
  if (rows.length === 0) return
  await append(rows.map(({ entry }) => entry))
  await db
    .updateTable('journal_outbox')
    .set({ sent_at: now })
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute()
}
