import type { Kysely } from 'kysely'
import type { Measurements, NoticeAttempt } from '../../contract/measurements.ts'
import { passFailpoint } from '../../lib/failpoint.ts'
import type { Records } from '../../store/records/schema.ts'
import type { DeliveryResult } from '../channels/channel.ts'
import type { Notice } from '../notice.ts'
import { resendDelayMs } from './resend-schedule.ts'
import { claimRoute, type Route, type RouteUpdate, recordRouteAttempt, routeLeaseMs } from './routes.ts'

/** Result of one attempt on one route. */
export interface DeliveryAttempt {
  /** `claimed_elsewhere`: another process holds the lease of the route. */
  outcome: DeliveryResult['outcome'] | 'claimed_elsewhere'
  /** Time of the next attempt on this route, ms since 1970 UTC; undefined for none. */
  retryAt?: number
  /** The rate limiter has reserved the slot at `retryAt`. */
  rateLimited?: true
}

interface DeliverToRouteOptions {
  db: Kysely<Records>
  now(): number
  measurements?: Pick<Measurements, 'noticeAttempted'> | undefined
}

/**
 * Deliver a notice on one route and record the result.
 * @throws the error of the channel, after it was recorded
 */
export async function deliverToRoute(
  notice: Notice,
  route: Route,
  { db, now, measurements }: DeliverToRouteOptions,
): Promise<DeliveryAttempt> {
  // Routes without contact need no lease: a phone drops a second notice with the same id, and an inbox is one row.
  if (route.contact !== '' && !(await claimRoute(db, notice.id, { route, at: now() }))) {
    return { outcome: 'claimed_elsewhere', retryAt: now() + routeLeaseMs }
  }
  const record = (update: RouteUpdate) => recordRouteAttempt(db, notice.id, { route, update })
  try {
    passFailpoint('notices.before_send')
    const delivery = await route.deliver(notice)
    passFailpoint('notices.after_send')
    const measured = measuredOutcome[delivery.outcome]
    if (measured !== undefined) {
      measurements?.noticeAttempted({
        notice: notice.id,
        channel: route.channel,
        outcome: measured,
        at: now(),
      })
    }
    const { attempt, update } = classifyResult(delivery, route, now())
    await record({ attempts: route.attempts + 1, last_error: null, at: new Date(now()), ...update })
    passFailpoint('notices.after_ledger')
    if (delivery.outcome === 'gone') await deactivateContact(db, route.contact)
    return attempt
  } catch (error) {
    const at = new Date(now())
    const state = route.state ?? 'queued'
    await record({ state, attempts: route.attempts + 1, last_error: String(error), at, not_before: at })
    throw error
  }
}

/** `not_attempted`: the notice waits for its turn, or for a failing channel, and that time counts. */
const measuredOutcome: Record<DeliveryResult['outcome'], NoticeAttempt['outcome'] | undefined> = {
  sent: 'accepted',
  accepted: 'accepted',
  stored: 'accepted',
  delivered: 'accepted',
  no_subscribers: 'unreachable',
  gone: 'unreachable',
  rejected: 'unreachable',
  deferred: 'unreachable',
  not_attempted: undefined,
}

type AttemptUpdate = Pick<RouteUpdate, 'state' | 'not_before'> &
  Partial<Pick<RouteUpdate, 'attempts' | 'last_error'>>

function classifyResult(
  result: DeliveryResult,
  route: Route,
  at: number,
): { attempt: DeliveryAttempt; update: AttemptUpdate } {
  const { outcome } = result
  const before = route.state ?? 'queued'
  const resendAt = at + resendDelayMs(route.attempts + 1)
  switch (outcome) {
    case 'sent':
      return {
        attempt: { outcome, retryAt: resendAt },
        update: { state: 'sent', not_before: new Date(resendAt) },
      }
    case 'no_subscribers':
      // Due at once, so that a phone that subscribes gets it.
      return { attempt: { outcome, retryAt: resendAt }, update: { state: before, not_before: new Date(at) } }
    case 'accepted':
    case 'stored':
      return { attempt: { outcome }, update: { state: 'sent', not_before: null } }
    case 'delivered':
      return { attempt: { outcome }, update: { state: 'delivered', not_before: null } }
    case 'gone':
    case 'rejected':
      return {
        attempt: { outcome },
        update: { state: 'failed', not_before: null, last_error: result.reason },
      }
    case 'deferred': {
      const retryAt = result.retryAfterMs === undefined ? resendAt : at + result.retryAfterMs
      const update = { state: before, not_before: new Date(retryAt), last_error: result.reason }
      return { attempt: { outcome, retryAt }, update }
    }
    case 'not_attempted': {
      const { retryAt, by } = result
      const update = { state: before, not_before: new Date(retryAt), attempts: route.attempts }
      return { attempt: { outcome, retryAt, ...(by === 'rate_limit' && { rateLimited: true }) }, update }
    }
  }
}

async function deactivateContact(db: Kysely<Records>, contact: string): Promise<void> {
  await db.updateTable('contacts').set({ state: 'gone' }).where('id', '=', contact).execute()
}
