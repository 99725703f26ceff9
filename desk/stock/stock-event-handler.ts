import type { DeskEventHandler } from '../process-desk-events.ts'
import { reportedParts } from '../tickets/reported-parts.ts'
import { loadPartRequest } from './part-request.ts'
import { consumeParts, releaseParts, reservePart } from './reserve.ts'

/** Reserve the part when a ticket is assigned, consume it when the work is resolved, release it on unassign and cancel. */
export const stockEventHandler: DeskEventHandler = async (trx, event) => {
  const { type, ticket, at, data } = event
  if (type !== 'ticket_changed' || ticket === null) return
  if (data.command === 'assign') return reserveForAssignment(trx, ticket, at)
  if (data.command === 'resolve') return consumeReportedParts(trx, ticket, at)
  if (data.command === 'cancel' || data.command === 'unassign') return releaseParts(trx, { ticket, at })
}

/** Consume the parts in the service report, and release the other reserved parts. */
async function consumeReportedParts(
  trx: Parameters<DeskEventHandler>[0],
  ticket: string,
  at: number,
): Promise<void> {
  const parts = await reportedParts(trx, ticket)
  await consumeParts(trx, { ticket, parts: parts.map(({ part }) => part), at })
  await releaseParts(trx, { ticket, at })
}

/** Reserve the part for a newly assigned technician. A part reserved in a depot is kept; one in another technician's van is released. */
async function reserveForAssignment(
  trx: Parameters<DeskEventHandler>[0],
  ticket: string,
  at: number,
): Promise<void> {
  const needed = await loadPartRequest(trx, ticket)
  if (needed?.workState !== 'assigned') return
  await releaseFromOtherVans(trx, { ticket, van: needed.van, at })
  await reservePart(trx, { ...needed, at })
}

async function releaseFromOtherVans(
  trx: Parameters<DeskEventHandler>[0],
  { ticket, van, at }: { ticket: string; van: string | null; at: number },
): Promise<void> {
  const inOthers = await trx
    .selectFrom('reservations')
    .innerJoin('depots', 'depots.id', 'reservations.depot_id')
    .select('reservations.id')
    .where('ticket_id', '=', ticket)
    .where('state', '=', 'held')
    .where('depots.kind', '=', 'van')
    .where('depots.id', '!=', van ?? '')
    .executeTakeFirst()
  if (inOthers !== undefined) await releaseParts(trx, { ticket, at })
}
