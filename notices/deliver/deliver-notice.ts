import type { Kysely, Selectable, Updateable } from 'kysely'
import type { Measurements } from '../../contract/measurements.ts'
import { dailyHoursEnd } from '../../lib/zoned-time.ts'
import type { NoticesTable, Records } from '../../store/records/schema.ts'
import type { AnyChannel } from '../channels/channel.ts'
import { noticeFromRow, noticeTtlMs } from '../notice.ts'
import { type DeliveryAttempt, deliverToRoute } from './deliver-to-route.ts'
import { resendDelayMs } from './resend-schedule.ts'
import { closeRoutes, loadPendingRoutes, wasAccepted } from './routes.ts'
import { withdrawForeignNotices } from './withdraw-foreign.ts'
import { withdrawObsoleteNotices } from './withdraw-obsolete.ts'

export interface DeliverNoticeOptions {
  db: Kysely<Records>
  channels: readonly AnyChannel[]
  now(): number
  /** Time by which notices expire, ms since 1970 UTC; behind `now` where that may be ahead. Default: `now`. */
  retentionNow?: (() => number) | undefined
  measurements?: Pick<Measurements, 'noticeAttempted' | 'noticePostponed'> | undefined
}

/** `rate_limited`: a channel has reserved a slot for the notice, and `deliverNotice` is to be called again then. */
export type DeliverNoticeResult = { is: 'recorded' } | { is: 'rate_limited'; retryInMs: number }

/**
 * Send a notice on every route that has not accepted it yet, and record the result of each in the ledger. Notices that
 * have arrived, were given up or are part of a digest are not sent, so repeated calls are safe. A notice that is not urgent
 * waits for the end of its owner's quiet hours. What no longer holds by then is withdrawn.
 * @throws the error of the first failing channel, after all channels were tried
 */
export async function deliverNotice(id: string, options: DeliverNoticeOptions): Promise<DeliverNoticeResult> {
  const { db, channels, now, retentionNow = now } = options
  const row = await undeliveredNotices(db).where('id', '=', id).executeTakeFirst()
  if (row === undefined) return { is: 'recorded' }
  const at = now()
  const retentionAt = retentionNow()
  if (retentionAt >= row.created_at.getTime() + noticeTtlMs) {
    if (!wasNeglected(row, retentionAt)) return expireNotice(db, id, at)
    await updateNotice(db, id, { created_at: new Date(retentionAt) })
  }
  if ((await withdrawForeignNotices(db, id)) > 0) return { is: 'recorded' }
  const quietEnd = row.urgent ? undefined : await findQuietEnd(db, row.user_id, at)
  if (quietEnd !== undefined) {
    options.measurements?.noticePostponed(id)
    await updateNotice(db, id, { next_attempt_at: new Date(quietEnd) })
    return { is: 'recorded' }
  }
  if (row.state === 'queued' && (await withdrawObsoleteNotices(db, { id, kind: row.kind })) > 0)
    return { is: 'recorded' }
  const routes = await loadPendingRoutes(db, row, { channels, at })
  const notice = noticeFromRow(row)
  const results = await Promise.allSettled(routes.due.map((route) => deliverToRoute(notice, route, options)))
  const attempts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) {
    // The job is retried at once, so neither the counter nor the next attempt changes.
    const {
      attempts: _,
      next_attempt_at,
      ...state
    } = nextNoticeState(row, { attempts, nextRouteAt: undefined, at: now() })
    await updateNotice(db, id, { ...state, last_error: String(failed.reason) })
    throw failed.reason
  }
  await updateNotice(db, id, nextNoticeState(row, { attempts, nextRouteAt: routes.nextRouteAt, at: now() }))
  const slots = attempts.flatMap(({ rateLimited, retryAt = 0 }) => (rateLimited ? [retryAt] : []))
  return slots.length === 0
    ? { is: 'recorded' }
    : { is: 'rate_limited', retryInMs: Math.max(0, Math.min(...slots) - now()) }
}

/** Set a notice to `failed` on an operator's request, unless it has arrived. */
export async function abandonNotice(db: Kysely<Records>, id: string, at: Date): Promise<void> {
  const last_error = 'given up by hand'
  await closeRoutes(db, id, { reason: last_error, at })
  await updateNotice(db, id, { state: 'failed', next_attempt_at: null, last_error })
}

/**
 * Whether no attempt was made for a whole life of a notice, although one was due: its times come from a clock that was
 * behind, or the program was stopped. Its life begins again then.
 */
function wasNeglected({ next_attempt_at }: Selectable<NoticesTable>, at: number): boolean {
  return next_attempt_at !== null && at >= next_attempt_at.getTime() + noticeTtlMs
}

/** A notice that a mail server or push service has accepted is not failed only because no phone confirmed it. */
async function expireNotice(db: Kysely<Records>, id: string, at: number): Promise<DeliverNoticeResult> {
  const last_error = 'not delivered in time'
  await closeRoutes(db, id, { reason: last_error, at: new Date(at) })
  const isAccepted = await wasAccepted(db, id)
  await updateNotice(db, id, {
    next_attempt_at: null,
    ...(isAccepted ? { state: 'sent' } : { state: 'failed', last_error }),
  })
  return { is: 'recorded' }
}

/** Return the end of quiet hours, ms since 1970 UTC; undefined outside of them, and for users that are not owners. */
async function findQuietEnd(db: Kysely<Records>, user: string, at: number): Promise<number | undefined> {
  const owner = await db
    .selectFrom('owners')
    .select(['time_zone', 'quiet_from', 'quiet_until'])
    .where('id', '=', user)
    .executeTakeFirst()
  if (owner === undefined) return undefined
  return dailyHoursEnd({ from: owner.quiet_from, until: owner.quiet_until }, at, owner.time_zone)
}

interface DeliveryRound {
  attempts: readonly DeliveryAttempt[]
  /** Time of the next route that was not due in this round. */
  nextRouteAt: number | undefined
  at: number
}

/** Return the state of a notice after a round: the best result of any route decides. */
function nextNoticeState(
  row: Selectable<NoticesTable>,
  { attempts: made, nextRouteAt, at }: DeliveryRound,
): Updateable<NoticesTable> {
  const outcomes = new Set(made.map(({ outcome }) => outcome))
  const isAttempt = made.some(({ outcome }) => outcome !== 'not_attempted' && outcome !== 'claimed_elsewhere')
  const attempts = row.attempts + (isAttempt ? 1 : 0)
  const now = new Date(at)
  if (outcomes.has('delivered')) {
    return { attempts, last_error: null, state: 'delivered', delivered_at: now, next_attempt_at: null }
  }
  const sent = outcomes.has('sent') || outcomes.has('accepted')
  const retryTimes = [
    ...made.flatMap((one) => one.retryAt ?? []),
    ...(nextRouteAt === undefined ? [] : [nextRouteAt]),
  ]
  return {
    attempts,
    last_error: null,
    next_attempt_at: nextAttemptAt({ retryTimes, isSent: sent || row.state === 'sent', attempts, at }),
    ...(sent && { state: 'sent', sent_at: row.sent_at ?? now }),
  }
}

/** A notice without any route is due again, too: the user may have a contact by then. */
function nextAttemptAt(round: {
  retryTimes: readonly number[]
  isSent: boolean
  attempts: number
  at: number
}): Date | null {
  const { retryTimes, isSent, attempts, at } = round
  if (retryTimes.length > 0) return new Date(Math.min(...retryTimes))
  return isSent ? null : new Date(at + resendDelayMs(Math.max(1, attempts)))
}

/** Select what may be sent: members of a digest are not sent on their own. */
function undeliveredNotices(db: Kysely<Records>) {
  return db
    .selectFrom('notices')
    .selectAll()
    .where('state', 'in', ['queued', 'sent'])
    .where('digest_id', 'is', null)
}

/** Update a notice and the members of its digest, except where a receipt has arrived meanwhile. */
async function updateNotice(
  db: Kysely<Records>,
  id: string,
  change: Updateable<NoticesTable>,
): Promise<void> {
  await db
    .updateTable('notices')
    .set(change)
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'sent'])
    .execute()
  const { state, sent_at, delivered_at } = change
  if (state === undefined) return
  // Members of a digest share its state.
  await db
    .updateTable('notices')
    .set({ state, sent_at, delivered_at })
    .where('digest_id', '=', id)
    .where('state', 'in', ['queued', 'sent'])
    .execute()
}
