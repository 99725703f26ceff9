import type { Reaction } from '../handle-desk-events.ts'
import { reportedParts } from '../tickets/reported-parts.ts'
import { partNeededBy } from './part-needed.ts'
import { releaseParts, reservePart, useParts } from './reserve.ts'

/** Keeps parts in step with the work: aside for whoever has the ticket, used when it is resolved, free when it is not done. */
export const stockReaction: Reaction = async (trx, event) => {
  const { type, ticket, at, data } = event
  if (type !== 'ticket_changed' || ticket === null) return
  if (data.did === 'assign') return reserveFor(trx, ticket, at)
  if (data.did === 'resolve') return settleReport(trx, ticket, at)
  if (data.did === 'cancel' || data.did === 'unassign') return releaseParts(trx, { ticket, at })
}

/** What the technician says he built in is used up; what was put aside for nothing is free again. */
async function settleReport(trx: Parameters<Reaction>[0], ticket: string, at: number): Promise<void> {
  const parts = await reportedParts(trx, ticket)
  await useParts(trx, { ticket, parts: parts.map(({ part }) => part), at })
  await releaseParts(trx, { ticket, at })
}

/** For another technician what is held stays held: the depot is near the owner, not near him; his van is his. */
async function reserveFor(trx: Parameters<Reaction>[0], ticket: string, at: number): Promise<void> {
  const needed = await partNeededBy(trx, ticket)
  if (needed?.workState !== 'assigned') return
  await leaveOthersVans(trx, { ticket, van: needed.van, at })
  await reservePart(trx, { ...needed, at })
}

async function leaveOthersVans(
  trx: Parameters<Reaction>[0],
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
