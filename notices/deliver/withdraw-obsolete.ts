import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Records } from '../../store/records/schema.ts'
import { foreignReason, isForeign } from './withdraw-foreign.ts'

/** Notices to look at again: one, or all that are due. */
export type NoticeSelection = { id: string; kind: string } | { dueAt: Date }

/**
 * Withdraw notices that waited, for example for the end of quiet hours, until what they say no longer holds: the finding
 * was cleared, its rule is gone, the ticket was finished or cancelled, or the device has another owner. A notice that was
 * sent stays as it is.
 * @returns the number of withdrawn notices, digests included
 */
export async function withdrawObsoleteNotices(
  db: Kysely<Records>,
  selection: NoticeSelection,
): Promise<number> {
  const mayBeDigest = 'dueAt' in selection || selection.kind === 'digest'
  const digests = mayBeDigest ? await dissolveObsoleteDigests(db, selection) : 0
  const { rows } = await sql<{ id: string }>`
    update notices set state = 'withdrawn', next_attempt_at = null, last_error = reasons.reason
    from (select notices.id, ${reasonOf} as reason from notices
          where notices.state = 'queued' and digest_id is null and ${isSelected(selection)}) as reasons
    where reasons.id = notices.id and reasons.reason is not null and notices.state = 'queued'
    returning notices.id`.execute(db)
  return digests + rows.length
}

/** Withdraw notices that were not sent yet. */
export async function withdrawNotices(
  db: Kysely<Records>,
  ids: readonly string[],
  reason: string,
): Promise<void> {
  await db
    .updateTable('notices')
    .set({ state: 'withdrawn', next_attempt_at: null, last_error: reason })
    .where('id', 'in', ids)
    .where('state', '=', 'queued')
    .execute()
}

function isSelected(selection: NoticeSelection): RawBuilder<boolean> {
  return 'id' in selection
    ? sql<boolean>`notices.id = ${selection.id}`
    : sql<boolean>`notices.next_attempt_at <= ${selection.dueAt}`
}

/**
 * Condition for a finding `raised` of a notice: its own, or for a reminder that of the notice to which the owner answered.
 * Two subqueries, so that both findings are looked up by their keys.
 */
function findingOfNotice(condition: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql<boolean>`(
    exists (select 1 from findings as raised where raised.id = notices.finding_id and ${condition})
    or (notices.kind = 'reminder' and exists (
      select 1 from owner_answers
      join notices as original on original.id = owner_answers.notice_id
      join findings as raised on raised.id = original.finding_id
      where owner_answers.id = substr(notices.dedupe_key, length('reminder:') + 1) and ${condition})))`
}

const isCleared = findingOfNotice(sql<boolean>`exists (
  select 1 from findings as cleared
  where cleared.device_id = raised.device_id and cleared.component = raised.component
    and cleared.epoch = raised.epoch and cleared.rule = raised.rule and not cleared.shadow
    and cleared.state = 'cleared' and cleared.at >= raised.at)`)

/** Rules without a recorded change are not managed as versions, so nothing is known of them. */
const isRuleGone = findingOfNotice(sql<boolean>`
  exists (select 1 from rule_changes where name = raised.rule)
  and not exists (
    select 1 from rule_changes as live where live.name = raised.rule and live.became = 'live'
      and not exists (
        select 1 from rule_changes as later
        where later.name = live.name and later.version = live.version and later.at > live.at))`)

const ticketOfNotice = sql`tickets where tickets.id = notices.ticket_id`

const isTicketOver = sql<boolean>`exists (
  select 1 from ${ticketOfNotice} and (
    (notices.kind in ('finding', 'reminder') and work_state in ('resolved', 'closed', 'cancelled'))
    or (notices.kind = 'progress' and notices.notice <> 'visit_cancelled' and work_state = 'cancelled')))`

/** A notice of a ticket alone, without a finding: a service is needed. */
const isTicketCleared = sql<boolean>`notices.kind in ('finding', 'reminder') and notices.finding_id is null
  and exists (select 1 from ${ticketOfNotice} and condition = 'cleared')`

const reasonOf = sql<string | null>`case
  when ${isCleared} then 'the finding was cleared before it was sent'
  when ${isRuleGone} then 'its rule is no longer live'
  when ${isTicketOver} then 'the ticket was finished or cancelled before it was sent'
  when ${isTicketCleared} then 'the condition was cleared before it was sent'
  when ${isForeign} then ${foreignReason}
end`

/**
 * Dissolve digests that were not sent and have obsolete or withdrawn members; the other members are sent or grouped again.
 * @returns the number of dissolved digests
 */
async function dissolveObsoleteDigests(db: Kysely<Records>, selection: NoticeSelection): Promise<number> {
  const { rows } = await sql<{ digest_id: string }>`
    select distinct notices.digest_id from notices join notices as digest on digest.id = notices.digest_id
    where digest.state = 'queued'
      and ${'id' in selection ? sql`digest.id = ${selection.id}` : sql`digest.next_attempt_at <= ${selection.dueAt}`}
      and (notices.state = 'withdrawn' or (notices.state = 'queued' and ${reasonOf} is not null))`.execute(db)
  for (const { digest_id } of rows) {
    await db.transaction().execute(async (trx) => {
      await sql`update notices as member set digest_id = null,
        next_attempt_at = case member.state when 'queued' then digest.next_attempt_at end
        from notices as digest where digest.id = ${digest_id} and member.digest_id = digest.id`.execute(trx)
      await sql`update notices set state = 'withdrawn', next_attempt_at = null,
        last_error = 'a message in it is no longer true' where id = ${digest_id}`.execute(trx)
    })
  }
  return rows.length
}
