import { type Insertable, type Kysely, type Selectable, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { AnyChannel, DeliveryResult } from '../channels/channel.ts'
import type { Notice } from '../notice.ts'

/** Channel, and the contact on it where the channel needs one. */
interface RouteTarget {
  channel: string
  /** Id of the contact; empty where the channel needs none. */
  contact: string
  deliver(notice: Notice): Promise<DeliveryResult>
}

/** Route of one notice: channel × contact. */
export interface Route extends RouteTarget {
  /** Number of attempts. */
  attempts: number
  /** State in the ledger; undefined before the first attempt. */
  state: DeliveryRow['state'] | undefined
}

type DeliveryRow = Selectable<Records['deliveries']>

export interface PendingRoutes {
  /** To be tried now. */
  due: Route[]
  /** Time of the next attempt on any other route, ms since 1970 UTC; undefined when none is to be tried again. */
  nextRouteAt: number | undefined
}

/** Lease of a claimed route, ms. Longer than the timeout of any delivery. */
export const routeLeaseMs = 60_000

/** Return the routes that have neither accepted nor rejected a notice. */
export async function loadPendingRoutes(
  db: Kysely<Records>,
  { id, user_id }: { id: string; user_id: string },
  { channels, at }: { channels: readonly AnyChannel[]; at: number },
): Promise<PendingRoutes> {
  const [rows, contacts] = await Promise.all([
    db.selectFrom('deliveries').selectAll().where('notice_id', '=', id).execute(),
    db
      .selectFrom('contacts')
      .select(['id', 'channel', 'address'])
      .where('user_id', '=', user_id)
      .where('state', '=', 'active')
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
  ])
  const ledger = new Map(rows.map((row) => [routeKey(row.channel, row.contact_id), row]))
  const due: Route[] = []
  const later: number[] = []
  for (const target of channels.flatMap((channel) => routeTargetsOf(channel, contacts))) {
    const row = ledger.get(routeKey(target.channel, target.contact))
    const notBefore = row === undefined ? at : row.not_before?.getTime()
    if (notBefore === undefined) continue
    if (notBefore > at) later.push(notBefore)
    else due.push({ ...target, attempts: row?.attempts ?? 0, state: row?.state })
  }
  return { due, nextRouteAt: later.length === 0 ? undefined : Math.min(...later) }
}

type Contact = Pick<Selectable<Records['contacts']>, 'id' | 'channel' | 'address'>

function routeTargetsOf(channel: AnyChannel, contacts: readonly Contact[]): RouteTarget[] {
  const { name } = channel
  if (channel.address === undefined) {
    return [{ channel: name, contact: '', deliver: (notice) => channel.deliver(notice) }]
  }
  return contacts
    .filter((contact) => contact.channel === name)
    .map(({ id, address }) => ({
      channel: name,
      contact: id,
      deliver: (notice) => channel.deliver(notice, address),
    }))
}

function routeKey(channel: string, contact: string): string {
  return JSON.stringify([channel, contact])
}

/**
 * Claim a route for the duration of a lease, so that no two processes deliver on it at once; after a crash the lease expires.
 * @returns false when another process holds the lease or has delivered
 */
export async function claimRoute(
  db: Kysely<Records>,
  notice: string,
  { route, at }: { route: Route; at: number },
): Promise<boolean> {
  const now = new Date(at)
  const taken = await db
    .insertInto('deliveries')
    .values({
      ...routeKeyColumns(notice, route),
      state: 'queued',
      attempts: route.attempts + 1,
      last_error: null,
      at: now,
      not_before: new Date(at + routeLeaseMs),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['notice_id', 'channel', 'contact_id'])
        .doUpdateSet((set) => ({
          attempts: set.ref('excluded.attempts'),
          not_before: set.ref('excluded.not_before'),
        }))
        .where('deliveries.not_before', '<=', now),
    )
    .returning('notice_id')
    .executeTakeFirst()
  return taken !== undefined
}

export type RouteUpdate = Pick<
  Insertable<Records['deliveries']>,
  'state' | 'attempts' | 'last_error' | 'at'
> & {
  not_before: Date | null
}

/** Record the result of an attempt, except where a receipt has arrived meanwhile. */
export async function recordRouteAttempt(
  db: Kysely<Records>,
  notice: string,
  { route, update }: { route: Route; update: RouteUpdate },
): Promise<void> {
  await db
    .insertInto('deliveries')
    .values({ ...routeKeyColumns(notice, route), ...update })
    .onConflict((conflict) =>
      conflict
        .columns(['notice_id', 'channel', 'contact_id'])
        .doUpdateSet(update)
        .where('deliveries.state', 'in', ['queued', 'sent', 'failed']),
    )
    .execute()
}

function routeKeyColumns(notice: string, { channel, contact }: Route) {
  return { notice_id: notice, channel, contact_id: contact }
}

/** Set all routes of a notice that are still to be tried to `failed`. */
export async function closeRoutes(
  db: Kysely<Records>,
  notice: string,
  { reason, at }: { reason: string; at: Date },
): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ not_before: null, at, last_error: reason, state: 'failed' })
    .where('notice_id', '=', notice)
    .where('not_before', 'is not', null)
    .execute()
}

/** Tell whether a mail server, push service or webhook has accepted the notice. */
export async function wasAccepted(db: Kysely<Records>, notice: string): Promise<boolean> {
  const row = await db
    .selectFrom('deliveries')
    .select(sql`1`.as('one'))
    .where('notice_id', '=', notice)
    .where('contact_id', '!=', '')
    .where('state', 'in', ['sent', 'delivered', 'read'])
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
