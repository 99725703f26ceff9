import { type Kysely, sql } from 'kysely'
import type { EventEntry } from '../contract/entry.ts'
import { hourMs } from '../lib/time.ts'
import { createOwedNotices } from '../notices/create-notices.ts'
import { dueNotices } from '../notices/due-notices.ts'
import { foldDigests } from '../notices/fold-digests.ts'
import type { MessageBook } from '../notices/messages.ts'
import { forgetIdempotencyKeys } from '../store/records/idempotency-keys.ts'
import type { Records } from '../store/records/schema.ts'
import { sweepDispatch } from './dispatch/sweep-dispatch.ts'
import { handleDeskEvents, type Reaction } from './handle-desk-events.ts'
import { sweepIncidents } from './incidents/sweep-incidents.ts'
import { sweepNextServices } from './owners/care.ts'
import { progressReaction } from './owners/progress.ts'
import { staffReaction } from './owners/staff.ts'
import { sweepSurveys } from './owners/survey.ts'
import { sweepUntold } from './owners/tell-ticket.ts'
import { stockReaction } from './stock/stock-reaction.ts'
import { sweepParts } from './stock/sweep-parts.ts'
import { sweepClocks } from './tickets/sweep-clocks.ts'

export interface SendJournalOutboxOptions {
  /** Resolves when the entries are durable in the journal. */
  append(entries: EventEntry[]): Promise<unknown>
  now: Date
}

const atOnce = 500

/**
 * Hands what the desk has to tell over to the journal, in order. A crash between the two tells it twice, which does no
 * harm: a replacement that is not newer than the part's present life changes nothing, in rules and records.
 */
export async function sendJournalOutbox(
  db: Kysely<Records>,
  { append, now }: SendJournalOutboxOptions,
): Promise<void> {
  const rows = await db
    .selectFrom('journal_outbox')
    .select(['id', 'entry'])
    .where('sent_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(atOnce)
    .execute()
  if (rows.length === 0) return
  await append(rows.map(({ entry }) => entry))
  await db
    .updateTable('journal_outbox')
    .set({ sent_at: now })
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute()
}

export interface SweepOptions {
  db: Kysely<Records>
  messages: MessageBook
  now(): number
  enqueueNotices(ids: readonly string[]): Promise<void>
  /** How many quarantined messages are kept, the newest. */
  keepQuarantined: number
  /** Appends to the journal what the desk has to tell the rules. */
  tellJournal: SendJournalOutboxOptions['append']
}

/** What happened longer ago can only be seen in the histories of tickets. */
const keepEventsMs = 90 * 24 * hourMs

const noticesAtOnce = 1_000

/**
 * What has to be looked at from time to time: incidents that are over, the clocks of tickets, whom to send, parts that have
 * come, what follows what happened, questions and reminders, notices that are owed or due, and what nobody needs any more.
 * All is read from the records, so a sweep that was missed delays, and loses nothing.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const { db, messages, now, enqueueNotices, keepQuarantined, tellJournal } = options
  const at = new Date(now())
  await sweepIncidents(db, at)
  await sweepClocks(db, at)
  await sweepDispatch(db, at)
  // Before what follows commands: who waits for a part already comes before who asks for it now.
  await sweepParts(db, at)
  await handleDeskEvents(db, reactionsOf(messages), at)
  await sweepSurveys(db, { messages, now: at })
  await sweepNextServices(db, { messages, now: at })
  await db.transaction().execute((trx) => createOwedNotices(trx, { messages, now: at, limit: noticesAtOnce }))
  await sweepUntold(db, { messages, now: at })
  await foldDigests(db, { messages, now: at })
  await enqueueNotices(await dueNotices(db, at, noticesAtOnce))
  await cutQuarantine(db, keepQuarantined)
  await forgetDeskEvents(db, new Date(at.getTime() - keepEventsMs))
  await forgetIdempotencyKeys(db, at)
  // Last, because a journal that is full takes nothing, and holds up nothing else.
  await sendJournalOutbox(db, { append: tellJournal, now: at })
}

/** What follows an event at the desk. */
function reactionsOf(messages: MessageBook): Reaction[] {
  return [stockReaction, progressReaction(messages), staffReaction(messages)]
}

async function cutQuarantine(db: Kysely<Records>, keep: number): Promise<void> {
  await sql`
    delete from quarantine using (
      select received_at, id from quarantine order by received_at desc, id desc offset ${keep} limit 1
    ) as newest_to_go
    where (quarantine.received_at, quarantine.id) <= (newest_to_go.received_at, newest_to_go.id)`.execute(db)
}

async function forgetDeskEvents(db: Kysely<Records>, before: Date): Promise<void> {
  await db.deleteFrom('desk_events').where('handled', '=', true).where('at', '<', before).execute()
}
