import type { Kysely } from 'kysely'
import type { Records } from '../store/records/schema.ts'
import type { Delivery } from './channel.ts'
import { claimWay, leaseMs, noteWay, type Way, type WayNote } from './deliveries.ts'
import type { Notice } from './notice.ts'
import { resendDelayMs } from './resend.ts'

/** What came of trying one way. */
export interface Tried {
  /** `elsewhere`: another process is at it. */
  outcome: Delivery['outcome'] | 'elsewhere'
  /** When the notice is to be looked at again because of it, ms since 1970; undefined: not because of it. */
  again?: number
  /** It has its place in the pace at `again`. */
  paced?: true
}

interface GoWayOptions {
  db: Kysely<Records>
  now(): number
}

/**
 * Gives a notice to one channel, at one contact where it needs one, and notes at once what came of it.
 * @throws what the channel threw, after that was noted
 */
export async function goWay(notice: Notice, way: Way, { db, now }: GoWayOptions): Promise<Tried> {
  // By the others a notice may come twice at once: a phone folds it by its id, an inbox is one row.
  if (way.contact !== '' && !(await claimWay(db, notice.id, { way, at: now() }))) {
    return { outcome: 'elsewhere', again: now() + leaseMs }
  }
  const note = (change: WayNote) => noteWay(db, notice.id, { way, note: change })
  try {
    const delivery = await way.deliver(notice)
    const { tried, noted } = judge(delivery, way, now())
    await note({ attempts: way.attempts + 1, last_error: null, at: new Date(now()), ...noted })
    if (delivery.outcome === 'gone') await retire(db, way.contact)
    return tried
  } catch (error) {
    const at = new Date(now())
    const state = way.state ?? 'queued'
    await note({ state, attempts: way.attempts + 1, last_error: String(error), at, not_before: at })
    throw error
  }
}

type Noted = Pick<WayNote, 'state' | 'not_before'> & Partial<Pick<WayNote, 'attempts' | 'last_error'>>

function judge(delivery: Delivery, way: Way, at: number): { tried: Tried; noted: Noted } {
  const { outcome } = delivery
  const before = way.state ?? 'queued'
  const resendAt = at + resendDelayMs(way.attempts + 1)
  switch (outcome) {
    case 'sent':
      return { tried: { outcome, again: resendAt }, noted: { state: 'sent', not_before: new Date(resendAt) } }
    case 'nobody_listening':
      // Whoever begins to listen gets it at once.
      return { tried: { outcome, again: resendAt }, noted: { state: before, not_before: new Date(at) } }
    case 'handed_over':
    case 'kept':
      return { tried: { outcome }, noted: { state: 'sent', not_before: null } }
    case 'delivered':
      return { tried: { outcome }, noted: { state: 'delivered', not_before: null } }
    case 'gone':
    case 'refused':
      return { tried: { outcome }, noted: { state: 'failed', not_before: null, last_error: delivery.why } }
    case 'later': {
      const again = delivery.afterMs === undefined ? resendAt : at + delivery.afterMs
      const noted = { state: before, not_before: new Date(again), last_error: delivery.why }
      return { tried: { outcome, again }, noted }
    }
    case 'held': {
      const { until: again, by } = delivery
      // It was not asked: that is no attempt.
      const noted = { state: before, not_before: new Date(again), attempts: way.attempts }
      return { tried: { outcome, again, ...(by === 'pace' && { paced: true }) }, noted }
    }
  }
}

async function retire(db: Kysely<Records>, contact: string): Promise<void> {
  await db.updateTable('contacts').set({ state: 'gone' }).where('id', '=', contact).execute()
}
