import { type Kysely, sql } from 'kysely'
import type { DeskEventCursor } from '../../desk/desk-events.ts'
import type { Records } from '../../store/records/schema.ts'

const maxTransaction = 2n ** 64n - 1n
const maxNumber = 2n ** 63n - 1n

/** Compare cursors: negative when `a` is before `b`, 0 when they are equal. */
export function compareCursors(a: DeskEventCursor, b: DeskEventCursor): number {
  const [aTx, aId] = parseCursor(a)
  const [bTx, bId] = parseCursor(b)
  if (aTx !== bTx) return aTx < bTx ? -1 : 1
  if (aId === bId) return 0
  return aId < bId ? -1 : 1
}

/** Tell whether a text has the form of an event cursor. */
export function isEventCursor(text: string): boolean {
  if (!/^\d{1,20}-\d{1,19}$/.test(text)) return false
  const [tx, id] = parseCursor(text)
  return tx <= maxTransaction && id <= maxNumber
}

/** Return the cursor of the last event that can be read. */
export async function latestCursor(records: Kysely<Records>): Promise<DeskEventCursor> {
  const last = await records
    .selectFrom('desk_events')
    .select(sql<string>`tx::text || '-' || id::text`.as('cursor'))
    .where(sql<boolean>`tx < pg_snapshot_xmin(pg_current_snapshot())`)
    .orderBy('tx', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last?.cursor ?? '0-0'
}

function parseCursor(cursor: DeskEventCursor): [tx: bigint, id: bigint] {
  const [tx = '0', id = '0'] = cursor.split('-')
  return [BigInt(tx), BigInt(id)]
}
