import { type Insertable, type Kysely, type Selectable, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import type { AnyChannel, DeliveryResult } from '../channels/channel.ts'
import type { Notice } from '../notice.ts'

/** A channel, and a contact where it needs one. */
interface RouteTarget {
  channel: string
  /** Empty where the channel needs none. */
  contact: string
  deliver(notice: Notice): Promise<DeliveryResult>
}

/** One way that a notice goes. */
export interface Route extends RouteTarget {
  /** How often it was tried. */
  attempts: number
  /** What the ledger says of it; undefined before the first attempt. */
  state: DeliveryRow['state'] | undefined
}

type DeliveryRow = Selectable<Records['deliveries']>

export interface PendingRoutes {
  /** To be tried now. */
  due: Route[]
  /** When the next of the others may be tried, ms since 1970; undefined where none is to be tried again. */
  nextRouteAt: number | undefined
}

/** A way that somebody goes is left alone for so long, ms. Longer than any channel is waited for. */
export const routeLeaseMs = 60_000

/** The ways that a notice has yet to go. */
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
  for (const end of channels.flatMap((channel) => routeTargetsOf(channel, contacts))) {
    const row = ledger.get(routeKey(end.channel, end.contact))
    const notBefore = row === undefined ? at : row.not_before?.getTime()
    if (notBefore === undefined) continue
    if (notBefore > at) later.push(notBefore)
    else due.push({ ...end, attempts: row?.attempts ?? 0, state: row?.state })
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
 * Takes a way for a while, so that no two go it at once; after a crash it is free again by itself.
 * @returns false when another process has it, or has gone it
 */
export async function claimRoute(
  db: Kysely<Records>,
  notice: string,
  { way, at }: { way: Route; at: number },
): Promise<boolean> {
  const now = new Date(at)
  const taken = await db
    .insertInto('deliveries')
    .values({
      ...routeKeyColumns(notice, way),
      state: 'queued',
      attempts: way.attempts + 1,
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

/** Notes how far a notice got on one way. A receipt that came meanwhile counts more. */
export async function recordRouteAttempt(
  db: Kysely<Records>,
  notice: string,
  { way, note }: { way: Route; note: RouteUpdate },
): Promise<void> {
  await db
    .insertInto('deliveries')
    .values({ ...routeKeyColumns(notice, way), ...note })
    .onConflict((conflict) =>
      conflict
        .columns(['notice_id', 'channel', 'contact_id'])
        .doUpdateSet(note)
        .where('deliveries.state', 'in', ['queued', 'sent', 'failed']),
    )
    .execute()
}

function routeKeyColumns(notice: string, { channel, contact }: Route) {
  return { notice_id: notice, channel, contact_id: contact }
}

/** Notes that nobody is to be tried any more with a notice. */
export async function closeRoutes(
  db: Kysely<Records>,
  notice: string,
  { why, at }: { why: string; at: Date },
): Promise<void> {
  await db
    .updateTable('deliveries')
    .set({ not_before: null, at, last_error: why, state: 'failed' })
    .where('notice_id', '=', notice)
    .where('not_before', 'is not', null)
    .execute()
}

/** Whether a channel's other side took the notice over. */
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
