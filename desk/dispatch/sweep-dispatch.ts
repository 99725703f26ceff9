import { createHash } from 'node:crypto'
import type { Kysely, Transaction } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { recordDeskEvent } from '../desk-events.ts'
import { closeOffer, offerTicket } from './offers.ts'
import { rankTechnicians } from './rank-technicians.ts'

/** Maximum number of tickets that one sweep offers. */
const batchSize = 200

/**
 * Expire offers that were not answered in time, and offer each open ticket to the best technician who has not declined it.
 * Each ticket has its own transaction. Does nothing while there are no technicians.
 */
export async function sweepDispatch(db: Kysely<Records>, now: Date): Promise<void> {
  for (const { id, ticket_id } of await expiredOffers(db, now)) {
    await db.transaction().execute((trx) => expireOffer(trx, { offer: id, ticket: ticket_id, now }))
  }
  const anybody = await db
    .selectFrom('technicians')
    .select('id')
    .where('active', '=', true)
    .limit(1)
    .execute()
  if (anybody.length === 0) return
  for (const { id } of await ticketsToOffer(db))
    await db.transaction().execute((trx) => dispatchTicket(trx, id, now))
}

function expiredOffers(db: Kysely<Records>, now: Date) {
  return db
    .selectFrom('offers')
    .select(['id', 'ticket_id'])
    .where('state', '=', 'offered')
    .where('answer_by', '<', now)
    .execute()
}

async function expireOffer(
  trx: Transaction<Records>,
  { offer: id, ticket, now }: { offer: string; ticket: string; now: Date },
): Promise<void> {
  await trx.selectFrom('tickets').select('id').where('id', '=', ticket).forUpdate().execute()
  const offer = await trx.selectFrom('offers').selectAll().where('id', '=', id).executeTakeFirst()
  if (offer?.state !== 'offered') return
  await closeOffer(trx, offer, { state: 'expired', reason: null, at: now.getTime() })
}

/** Return open tickets without a pending offer, most urgent first. */
function ticketsToOffer(db: Kysely<Records>) {
  return db
    .selectFrom('tickets')
    .select('id')
    .where('work_state', '=', 'open')
    .where('operator_state', '!=', 'shelved')
    .where('waiting_since', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('offers')
            .select('offers.id')
            .whereRef('offers.ticket_id', '=', 'tickets.id')
            .where('offers.state', '=', 'offered'),
        ),
      ),
    )
    .orderBy('solve_by')
    .orderBy('id')
    .limit(batchSize)
    .execute()
}

async function dispatchTicket(trx: Transaction<Records>, ticket: string, now: Date): Promise<void> {
  const row = await trx
    .selectFrom('tickets')
    .selectAll()
    .where('id', '=', ticket)
    .forUpdate()
    .executeTakeFirst()
  const isOpen = row?.work_state === 'open' && row.operator_state !== 'shelved' && row.waiting_since === null
  if (!isOpen || (await hasOpenOffer(trx, ticket))) return
  const { proposals, excluded } = await rankTechnicians(trx, ticket, now)
  const [best] = proposals
  const at = now.getTime()
  if (best === undefined) return recordNoTechnician(trx, { ticket, excluded, at })
  const { technician, reasons } = best
  await offerTicket(trx, { id: offerId(ticket, technician, at), ticket, technician, by: 'desk', reasons, at })
}

async function hasOpenOffer(trx: Transaction<Records>, ticket: string): Promise<boolean> {
  const waiting = await trx
    .selectFrom('offers')
    .select('id')
    .where('ticket_id', '=', ticket)
    .where('state', '=', 'offered')
    .executeTakeFirst()
  return waiting !== undefined
}

interface NoTechnician {
  ticket: string
  excluded: readonly { technician: string; reason: string }[]
  at: number
}

/** Record that no technician is available; repeated only when the reasons have changed. */
async function recordNoTechnician(
  trx: Transaction<Records>,
  { ticket, excluded, at }: NoTechnician,
): Promise<void> {
  const reasons =
    excluded.length === 0
      ? ['no active technician has the skill for it']
      : excluded.map(({ technician, reason }) => `${technician} ${reason}`)
  const step = `no_technician:${createHash('sha256').update(JSON.stringify(reasons)).digest('hex').slice(0, 16)}`
  const inserted = await trx
    .insertInto('ticket_history')
    .values({
      ticket_id: ticket,
      step_id: step,
      at: new Date(at),
      actor: 'desk',
      what: 'no_technician_available',
      detail: JSON.stringify({ reasons }),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('step_id')
    .executeTakeFirst()
  if (inserted === undefined) return
  await recordDeskEvent(trx, { type: 'no_technician_available', ticket, at, data: { reasons } })
}

function offerId(ticket: string, technician: string, at: number): string {
  return `o-${createHash('sha256')
    .update(JSON.stringify([ticket, technician, at]))
    .digest('hex')
    .slice(0, 16)}`
}
