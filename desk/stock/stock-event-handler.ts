import type { DeskEventHandler } from '../process-desk-events.ts'
import { reportedParts } from '../tickets/reported-parts.ts'
import { loadPartRequest } from './part-request.ts'
import { consumeParts, releaseParts, reservePart } from './reserve.ts'

/** Keeps parts in step with the work: aside for whoever has the ticket, used when it is resolved, free when it is not done. */
export const stockEventHandler: DeskEventHandler = async (trx, event) => {
  const { type, ticket, at, data } = event
  if (type !== 'ticket_changed' || ticket === null) return
  if (data.did === 'assign') return reserveForAssignment(trx, ticket, at)
  if (data.did === 'resolve') return consumeReportedParts(trx, ticket, at)
  if (data.did === 'cancel' || data.did === 'unassign') return releaseParts(trx, { ticket, at })
}

/** What the technician says he built in is used up; what was put aside for nothing is free again. */
async function consumeReportedParts(
  trx: Parameters<DeskEventHandler>[0],
  ticket: string,
  at: number,
): Promise<void> {
  const parts = await reportedParts(trx, ticket)
  await consumeParts(trx, { ticket, parts: parts.map(({ part }) => part), at })
  await releaseParts(trx, { ticket, at })
}

/** For another technician what is held stays held: the depot is near the owner, not near him; his van is his. */
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
