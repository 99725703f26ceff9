import type { Kysely } from 'kysely'
import type { EventEntry } from '../contract/entry.ts'
import { passFailpoint } from '../lib/failpoint.ts'
import { hourMs } from '../lib/time.ts'
import { dueNotices } from '../notices/deliver/due-notices.ts'
import { withdrawObsoleteNotices } from '../notices/deliver/withdraw-obsolete.ts'
import { createDigests } from '../notices/digest/create-digests.ts'
import type { MessageCatalog } from '../notices/messages/message-catalog.ts'
import { createOwedNotices } from '../notices/write/create-owed-notices.ts'
import { deleteExpiredIdempotencyKeys } from '../store/records/idempotency-key-retention.ts'
import { expireQuarantined } from '../store/records/quarantine/quarantine-store.ts'
import type { Records } from '../store/records/schema.ts'
import { sweepDevices } from './devices/sweep-devices.ts'
import { sweepInactiveTechnicians } from './dispatch/release-tickets.ts'
import { sweepDispatch } from './dispatch/sweep-dispatch.ts'
import { sweepIncidents } from './incidents/sweep-incidents.ts'
import { sweepMaintenanceReminders } from './owners/maintenance-reminders.ts'
import { ownerProgressHandler } from './owners/notify-owner-progress.ts'
import { staffNotificationHandler } from './owners/notify-staff.ts'
import { sweepUnnotifiedTickets } from './owners/notify-ticket.ts'
import { sweepSurveys } from './owners/survey.ts'
import { type DeskEventHandler, processDeskEvents } from './process-desk-events.ts'
import { stockEventHandler } from './stock/stock-event-handler.ts'
import { sweepReservations } from './stock/sweep-reservations.ts'
import { sweepTicketTimers } from './tickets/sweep-ticket-timers.ts'

export interface RelayOutboxOptions {
  /** Resolves when the entries are durable in the journal. */
  append(entries: EventEntry[]): Promise<unknown>
  now: Date
}

const outboxBatchSize = 500

/**
 * Append the entries of the outbox to the journal, in order. After a crash in between they are appended again, which has no
 * effect: rules and records ignore a replacement that is not newer than the part's current lifetime.
 */
export async function relayOutbox(db: Kysely<Records>, { append, now }: RelayOutboxOptions): Promise<void> {
  const rows = await db
    .selectFrom('journal_outbox')
    .select(['id', 'entry'])
    .where('sent_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(outboxBatchSize)
    .execute()
  if (rows.length === 0) return
  passFailpoint('outbox.before_append')
  await append(rows.map(({ entry }) => entry))
  passFailpoint('outbox.after_append')
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
  messages: MessageCatalog
  now(): number
  /** Time by which rows are deleted for their age, ms since 1970 UTC; behind `now` where that may be ahead. Default: `now`. */
  retentionNow?: () => number
  enqueueNotices(ids: readonly string[]): Promise<void>
  /** Age at which quarantined messages are deleted, ms. */
  keepQuarantinedMs: number
  /** Appends the entries of the outbox to the journal. */
  appendToJournal: RelayOutboxOptions['append']
}

/** Retention of desk events; older ones remain only in the histories of tickets. */
const deskEventRetentionMs = 90 * 24 * hourMs

const noticeBatchSize = 1_000

/**
 * Run everything that depends on time: close incidents, cancel tickets of retired devices, escalate tickets, offer
 * tickets to technicians, reserve parts, handle desk events, create surveys, reminders, notices and digests, withdraw
 * obsolete notices, enqueue due ones, delete old rows, relay the outbox. All state is in the records, so a missed sweep
 * delays these steps but loses nothing.
 */
export async function sweep(options: SweepOptions): Promise<void> {
  const {
    db,
    messages,
    now,
    retentionNow = now,
    enqueueNotices,
    keepQuarantinedMs,
    appendToJournal,
  } = options
  const at = new Date(now())
  const deleteAt = new Date(retentionNow())
  await sweepIncidents(db, at)
  await sweepDevices(db, at)
  await sweepTicketTimers(db, at)
  await sweepInactiveTechnicians(db, at)
  await sweepDispatch(db, at)
  // Before the desk events: tickets that wait for a part already take precedence over those that request it now.
  await sweepReservations(db, at)
  await processDeskEvents(db, deskEventHandlers(messages), at)
  await sweepSurveys(db, { messages, now: at })
  await sweepMaintenanceReminders(db, { messages, now: at })
  await db
    .transaction()
    .execute((trx) => createOwedNotices(trx, { messages, now: at, limit: noticeBatchSize }))
  await sweepUnnotifiedTickets(db, { messages, now: at })
  await withdrawObsoleteNotices(db, { dueAt: at })
  await createDigests(db, { messages, now: at })
  await enqueueNotices(await dueNotices(db, at, noticeBatchSize))
  await db
    .transaction()
    .execute((trx) => expireQuarantined(trx, { now: deleteAt, keepMs: keepQuarantinedMs }))
  await deleteOldDeskEvents(db, new Date(deleteAt.getTime() - deskEventRetentionMs))
  await deleteExpiredIdempotencyKeys(db, deleteAt)
  // Last, because appending to a full journal blocks.
  await relayOutbox(db, { append: appendToJournal, now: at })
}

/** Return the handlers of desk events, in the order in which they are called. */
function deskEventHandlers(messages: MessageCatalog): DeskEventHandler[] {
  return [stockEventHandler, ownerProgressHandler(messages), staffNotificationHandler(messages)]
}

async function deleteOldDeskEvents(db: Kysely<Records>, before: Date): Promise<void> {
  await db.deleteFrom('desk_events').where('handled', '=', true).where('at', '<', before).execute()
}
