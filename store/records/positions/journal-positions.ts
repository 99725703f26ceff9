import type { Kysely } from 'kysely'
import type { StoredPosition } from '../../journal/history/locate-position.ts'
import type { Records } from '../schema.ts'

/** Row that says that the positions of earlier versions are in the journal alone. */
const inJournal = 'journal'

/**
 * Return the position of a consumer in the records; undefined when an earlier version stored it in the journal alone. A
 * new database has the position 0.
 */
export async function loadJournalPosition(
  db: Kysely<Records>,
  consumer: string,
): Promise<StoredPosition | undefined> {
  const rows = await db
    .selectFrom('journal_positions')
    .select(['consumer', 'cursor', 'history'])
    .where('consumer', 'in', [consumer, inJournal])
    .execute()
  const own = rows.find((row) => row.consumer === consumer)
  if (own !== undefined) return { cursor: Number(own.cursor), history: own.history }
  return rows.length === 0 ? { cursor: 0, history: '' } : undefined
}

export interface ConsumerPosition extends StoredPosition {
  consumer: string
  at: Date
}

/** Store a position, in the transaction of the rows that it counts. */
export async function saveJournalPosition(
  db: Kysely<Records>,
  { consumer, cursor, history, at }: ConsumerPosition,
): Promise<void> {
  await db
    .insertInto('journal_positions')
    .values({ consumer, cursor, history, updated_at: at })
    .onConflict((conflict) => conflict.column('consumer').doUpdateSet({ cursor, history, updated_at: at }))
    .execute()
}
