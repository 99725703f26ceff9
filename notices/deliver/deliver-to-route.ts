import type { Kysely } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { DeliveryResult } from '../channels/channel.ts'
import type { Notice } from '../notice.ts'
import { resendDelayMs } from './resend-schedule.ts'
import { claimRoute, type Route, type RouteUpdate, recordRouteAttempt, routeLeaseMs } from './routes.ts'

/** What came of trying one way. */
export interface DeliveryAttempt {
  /** `elsewhere`: another process is at it. */
  outcome: DeliveryResult['outcome'] | 'elsewhere'
  /** When the notice is to be looked at again because of it, ms since 1970; undefined: not because of it. */
  retryAt?: number
  /** It has its place in the pace at `again`. */
  rateLimited?: true
}

interface DeliverToRouteOptions {
  db: Kysely<Records>
  now(): number
}

/**
 * Gives a notice to one channel, at one contact where it needs one, and notes at once what came of it.
 * @throws what the channel threw, after that was noted
 */
export async function deliverToRoute(
  notice: Notice,
  route: Route,
  { db, now }: DeliverToRouteOptions,
): Promise<DeliveryAttempt> {
  // By the others a notice may come twice at once: a phone folds it by its id, an inbox is one row.
  if (route.contact !== '' && !(await claimRoute(db, notice.id, { way: route, at: now() }))) {
    return { outcome: 'elsewhere', retryAt: now() + routeLeaseMs }
  }
  const note = (change: RouteUpdate) => recordRouteAttempt(db, notice.id, { way: route, note: change })
  try {
    const delivery = await route.deliver(notice)
    const { tried, noted } = classifyResult(delivery, route, now())
    await note({ attempts: route.attempts + 1, last_error: null, at: new Date(now()), ...noted })
    if (delivery.outcome === 'gone') await deactivateContact(db, route.contact)
    return tried
  } catch (error) {
    const at = new Date(now())
    const state = route.state ?? 'queued'
    await note({ state, attempts: route.attempts + 1, last_error: String(error), at, not_before: at })
    throw error
  }
}

type AttemptUpdate = Pick<RouteUpdate, 'state' | 'not_before'> &
  Partial<Pick<RouteUpdate, 'attempts' | 'last_error'>>

function classifyResult(
  result: DeliveryResult,
  route: Route,
  at: number,
): { tried: DeliveryAttempt; noted: AttemptUpdate } {
  const { outcome } = result
  const before = route.state ?? 'queued'
  const resendAt = at + resendDelayMs(route.attempts + 1)
  switch (outcome) {
    case 'sent':
      return {
        tried: { outcome, retryAt: resendAt },
        noted: { state: 'sent', not_before: new Date(resendAt) },
      }
    case 'nobody_listening':
      // Whoever begins to listen gets it at once.
      return { tried: { outcome, retryAt: resendAt }, noted: { state: before, not_before: new Date(at) } }
    case 'handed_over':
    case 'kept':
      return { tried: { outcome }, noted: { state: 'sent', not_before: null } }
    case 'delivered':
      return { tried: { outcome }, noted: { state: 'delivered', not_before: null } }
    case 'gone':
    case 'refused':
      return { tried: { outcome }, noted: { state: 'failed', not_before: null, last_error: result.why } }
    case 'later': {
      const again = result.afterMs === undefined ? resendAt : at + result.afterMs
      const noted = { state: before, not_before: new Date(again), last_error: result.why }
      return { tried: { outcome, retryAt: again }, noted }
    }
    case 'held': {
      const { until: again, by } = result
      // It was not asked: that is no attempt.
      const noted = { state: before, not_before: new Date(again), attempts: route.attempts }
      return { tried: { outcome, retryAt: again, ...(by === 'pace' && { rateLimited: true }) }, noted }
    }
  }
}

async function deactivateContact(db: Kysely<Records>, contact: string): Promise<void> {
  await db.updateTable('contacts').set({ state: 'gone' }).where('id', '=', contact).execute()
}
