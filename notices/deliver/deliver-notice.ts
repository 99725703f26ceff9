import type { Kysely, Selectable, Updateable } from 'kysely'
import { dailyHoursEnd } from '../../lib/zoned-time.ts'
import type { NoticesTable, Records } from '../../store/records/schema.ts'
import type { AnyChannel } from '../channels/channel.ts'
import { noticeFromRow } from '../notice.ts'
import { type DeliveryAttempt, deliverToRoute } from './deliver-to-route.ts'
import { noticeTtlMs, resendDelayMs } from './resend-schedule.ts'
import { closeRoutes, loadPendingRoutes, wasAccepted } from './routes.ts'

export interface DeliverNoticeOptions {
  db: Kysely<Records>
  channels: readonly AnyChannel[]
  now(): number
}

/** What came of it: all is noted; or there is a place for it in a channel's pace, and it is to be sent again then. */
export type DeliverNoticeResult = { is: 'noted' } | { is: 'paced'; waitMs: number }

/**
 * Sends a notice by every channel that has yet to get it and notes in the ledger how far it got. One that has arrived, was
 * given up, or is in a digest is left alone, so calling it too often does no harm. In the quiet hours of its owner one that
 * is not urgent waits for their end, whatever it is called for.
 * @throws what the first broken channel threw, after the others had their turn
 */
export async function deliverNotice(id: string, options: DeliverNoticeOptions): Promise<DeliverNoticeResult> {
  const { db, channels, now } = options
  const row = await undeliveredNotices(db).where('id', '=', id).executeTakeFirst()
  if (row === undefined) return { is: 'noted' }
  const at = now()
  if (at >= row.created_at.getTime() + noticeTtlMs) return expireNotice(db, id, at)
  const quietEnd = row.urgent ? undefined : await findQuietEnd(db, row.user_id, at)
  if (quietEnd !== undefined) {
    await updateNotice(db, id, { next_attempt_at: new Date(quietEnd) })
    return { is: 'noted' }
  }
  const ways = await loadPendingRoutes(db, row, { channels, at })
  const notice = noticeFromRow(row)
  const results = await Promise.allSettled(ways.due.map((way) => deliverToRoute(notice, way, { db, now })))
  const tried = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const broken = results.find((result) => result.status === 'rejected')
  if (broken !== undefined) {
    const { attempts, next_attempt_at, ...arrived } = nextNoticeState(row, {
      attempts: tried,
      nextRouteAt: undefined,
      at: now(),
    })
    await updateNotice(db, id, { ...arrived, last_error: String(broken.reason) })
    throw broken.reason
  }
  await updateNotice(
    db,
    id,
    nextNoticeState(row, { attempts: tried, nextRouteAt: ways.nextRouteAt, at: now() }),
  )
  const places = tried.flatMap(({ rateLimited: paced, retryAt: again = 0 }) => (paced ? [again] : []))
  return places.length === 0
    ? { is: 'noted' }
    : { is: 'paced', waitMs: Math.max(0, Math.min(...places) - now()) }
}

/** Notes that a notice is not to be sent any more, unless it has arrived. */
export async function abandonNotice(db: Kysely<Records>, id: string, at: Date): Promise<void> {
  const last_error = 'given up by hand'
  await closeRoutes(db, id, { why: last_error, at })
  await updateNotice(db, id, { state: 'failed', next_attempt_at: null, last_error })
}

/** What somebody answers for is not failed because a phone never confirmed it. */
async function expireNotice(db: Kysely<Records>, id: string, at: number): Promise<DeliverNoticeResult> {
  const last_error = 'not delivered in time'
  await closeRoutes(db, id, { why: last_error, at: new Date(at) })
  const handedOver = await wasAccepted(db, id)
  await updateNotice(db, id, {
    next_attempt_at: null,
    ...(handedOver ? { state: 'sent' } : { state: 'failed', last_error }),
  })
  return { is: 'noted' }
}

/** When the owner may be told again, ms since 1970; undefined where that is now. Who is no owner has no quiet hours. */
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
  /** When a way may be tried that was not in this round. */
  nextRouteAt: number | undefined
  at: number
}

/** The best that a channel could say decides. */
function nextNoticeState(
  row: Selectable<NoticesTable>,
  { attempts: tried, nextRouteAt: later, at }: DeliveryRound,
): Updateable<NoticesTable> {
  const outcomes = new Set(tried.map(({ outcome }) => outcome))
  const asked = tried.some(({ outcome }) => outcome !== 'held' && outcome !== 'elsewhere')
  const attempts = row.attempts + (asked ? 1 : 0)
  const now = new Date(at)
  if (outcomes.has('delivered')) {
    return { attempts, last_error: null, state: 'delivered', delivered_at: now, next_attempt_at: null }
  }
  const sent = outcomes.has('sent') || outcomes.has('handed_over')
  const again = [...tried.flatMap((one) => one.retryAt ?? []), ...(later === undefined ? [] : [later])]
  return {
    attempts,
    last_error: null,
    next_attempt_at: nextAttemptAt({ again, isSent: sent || row.state === 'sent', attempts, at }),
    ...(sent && { state: 'sent', sent_at: row.sent_at ?? now }),
  }
}

/** What nobody has taken is looked at again even if nobody can be tried: there may be a contact by then. */
function nextAttemptAt(of: {
  again: readonly number[]
  isSent: boolean
  attempts: number
  at: number
}): Date | null {
  const { again, isSent, attempts, at } = of
  if (again.length > 0) return new Date(Math.min(...again))
  return isSent ? null : new Date(at + resendDelayMs(Math.max(1, attempts)))
}

/** What is in a digest is not sent itself. */
function undeliveredNotices(db: Kysely<Records>) {
  return db
    .selectFrom('notices')
    .selectAll()
    .where('state', 'in', ['queued', 'sent'])
    .where('digest_id', 'is', null)
}

/** A receipt that came meanwhile counts more than what was known before it. */
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
  // What is folded into it got as far as it did.
  await db
    .updateTable('notices')
    .set({ state, sent_at, delivered_at })
    .where('digest_id', '=', id)
    .where('state', 'in', ['queued', 'sent'])
    .execute()
}
