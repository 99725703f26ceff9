import { type Kysely, sql } from 'kysely'
import type { DeskEventCursor } from '../../desk/desk-events.ts'
import type { Records } from '../../store/records/schema.ts'

const maxTransaction = 2n ** 64n - 1n
const maxNumber = 2n ** 63n - 1n

/** Negative where `a` is before `b`, 0 where they are the same. */
export function compareCursors(a: DeskEventCursor, b: DeskEventCursor): number {
  const [aTx, aId] = parseCursor(a)
  const [bTx, bId] = parseCursor(b)
  if (aTx !== bTx) return aTx < bTx ? -1 : 1
  if (aId === bId) return 0
  return aId < bId ? -1 : 1
}

/** Whether it is a cursor of the form that events have. */
export function isEventCursor(text: string): boolean {
  if (!/^\d{1,20}-\d{1,19}$/.test(text)) return false
  const [tx, id] = parseCursor(text)
  return tx <= maxTransaction && id <= maxNumber
}

/** Where the last event stands that can be read: what comes later is behind it. */
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
