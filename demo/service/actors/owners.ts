import type { Selectable } from 'kysely'
import { findVisitSlots } from '../../../desk/dispatch/visit-slots.ts'
import type { OwnerAnswer } from '../../../desk/owners/owner-answer.ts'
import { sampleReadTime } from '../../../device-sim/people/notice-read-time.ts'
import type { SimulatedOwner } from '../../../device-sim/people/owner.ts'
import {
  chooseResponse,
  type OwnerResponse,
  type VisitSlot,
} from '../../../device-sim/people/owner-response.ts'
import type { NoticesTable } from '../../../store/records/schema.ts'
import { loadTicket, type ServiceContext, serviceExperienceOf } from '../context.ts'
import type { DeliveredNotice } from './phone-channel.ts'

type NoticeRow = Selectable<NoticesTable>

/** Schedule the time at which an owner reads a notice. */
export function scheduleNoticeRead(context: ServiceContext, arrived: DeliveredNotice): void {
  const owner = context.owners.get(arrived.user)
  if (owner === undefined) return
  const at = sampleReadTime(owner, arrived)
  if (at === undefined) return
  context.queue.schedule({ at, run: (now) => readNotice(context, { owner, notice: arrived.id }, now) })
}

/** Read a notice; of a digest, all notices in it. */
async function readNotice(
  context: ServiceContext,
  { owner, notice }: { owner: SimulatedOwner; notice: string },
  now: number,
): Promise<void> {
  const rows = await context.db
    .selectFrom('notices')
    .selectAll()
    .where(({ or, eb }) => or([eb('id', '=', notice), eb('digest_id', '=', notice)]))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  for (const row of rows) await respondToNotice(context, { owner, row }, now)
}

async function respondToNotice(
  context: ServiceContext,
  { owner, row }: { owner: SimulatedOwner; row: NoticeRow },
  now: number,
): Promise<void> {
  if (row.actions.length === 0) return
  const ticket = row.ticket_id === null ? undefined : await loadTicket(context.db, row.ticket_id)
  const choice = chooseResponse(owner, {
    id: row.id,
    noticeType: row.notice,
    urgent: row.urgent,
    actions: row.actions,
    slots:
      ticket !== undefined && row.actions.includes('book') ? await freeSlotsFor(context, ticket, now) : [],
    snoozeCount: row.kind === 'reminder' ? 1 : 0,
    experience: ticket && serviceExperienceOf(context, ticket),
  })
  const given = toOwnerAnswer(choice)
  if (given === undefined) return
  await context.commands.answerNotice({ notice: row.id, user: owner.id, at: now, answer: given })
}

/** Return the free visit slots of a ticket; none when a visit is already agreed on. */
async function freeSlotsFor(
  context: ServiceContext,
  ticket: Awaited<ReturnType<typeof loadTicket>>,
  now: number,
): Promise<VisitSlot[]> {
  const isOpen = ticket.work_state === 'open' || ticket.work_state === 'assigned'
  return isOpen && ticket.visit_from === null ? findVisitSlots(context.db, ticket, now) : []
}

function toOwnerAnswer(choice: OwnerResponse): OwnerAnswer | undefined {
  switch (choice.do) {
    case 'nothing':
      return undefined
    case 'book':
      return { action: 'book', ...choice.slot }
    case 'snooze':
      return { action: 'snooze', forMs: choice.ms }
    case 'rate':
      return { action: 'rate', score: choice.score }
    default:
      return { action: choice.do }
  }
}
