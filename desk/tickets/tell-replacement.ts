import type { Selectable, Transaction } from 'kysely'
import type { EventEntry } from '../../contract/entry.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import type { Resolution } from './command.ts'

/**
 * Tells the journal that a worn part was replaced: the rules begin a new epoch, and its finished life teaches the cohort.
 * A part that was not worn, changed on suspicion, would teach a life that had not ended: it is not told.
 */
export async function tellReplacement(
  trx: Transaction<Records>,
  { id, device_id: device, component }: Selectable<TicketsTable>,
  { verdict, parts, at }: Pick<Resolution, 'verdict' | 'parts'> & { at: number },
): Promise<void> {
  if (verdict !== 'worn' || parts.length === 0) return
  const entry: EventEntry = {
    type: 'event',
    receivedAt: at,
    device,
    ts: at,
    event: 'part_replaced',
    component,
  }
  await trx
    .insertInto('journal_outbox')
    .values({ id: `replaced:${id}:${at}`, entry: JSON.stringify(entry), created_at: new Date(at) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
