import type { Kysely, Selectable } from 'kysely'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import { ApiError } from '../errors.ts'

/** Return a ticket by its id or its number, such as `FW-2026-000123`. @throws ApiError `ticket_not_found` */
export async function requireTicket(
  db: Kysely<Records>,
  idOrNumber: string,
): Promise<Selectable<TicketsTable>> {
  const ticket = await db
    .selectFrom('tickets')
    .selectAll()
    .where((is) => is.or([is('id', '=', idOrNumber), is('number', '=', idOrNumber)]))
    .executeTakeFirst()
  if (ticket !== undefined) return ticket
  throw new ApiError('ticket_not_found', `No ticket has the id or number ${JSON.stringify(idOrNumber)}.`)
}
