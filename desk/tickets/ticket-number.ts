import { sql, type Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'

/**
 * The next number of the year (UTC): `FW-2026-000123`. Transactions that open tickets wait here for each other, so none
 * is given twice and none is left out.
 */
export async function nextTicketNumber(trx: Transaction<Records>, now: Date): Promise<string> {
  const year = now.getUTCFullYear()
  const { last } = await trx
    .insertInto('ticket_numbers')
    .values({ year, last: 1 })
    .onConflict((conflict) => conflict.column('year').doUpdateSet({ last: sql`ticket_numbers.last + 1` }))
    .returning('last')
    .executeTakeFirstOrThrow()
  return `FW-${year}-${String(last).padStart(6, '0')}`
}
