import type { Selectable } from 'kysely'
import { visitSlots } from '../../../desk/dispatch/visit-slots.ts'
import type { OwnerAnswer } from '../../../desk/owners/answer.ts'
import { type Choice, choose, type Slot } from '../../../device-sim/people/choosing.ts'
import type { OwnerPerson } from '../../../device-sim/people/owner.ts'
import { readingTime } from '../../../device-sim/people/reading.ts'
import type { NoticesTable } from '../../../store/records/schema.ts'
import { experienceOf, ticketOf, type World } from '../world.ts'
import type { ArrivedNotice } from './phone.ts'

type NoticeRow = Selectable<NoticesTable>

/** An owner's phone has rung: he reads when he does, and answers or not. */
export function considerNotice(world: World, arrived: ArrivedNotice): void {
  const owner = world.owners.get(arrived.user)
  if (owner === undefined) return
  const at = readingTime(owner, arrived)
  if (at === undefined) return
  world.agenda.add({ at, act: (now) => read(world, { owner, notice: arrived.id }, now) })
}

/** Of a digest he reads all that is folded into it. */
async function read(
  world: World,
  { owner, notice }: { owner: OwnerPerson; notice: string },
  now: number,
): Promise<void> {
  const rows = await world.db
    .selectFrom('notices')
    .selectAll()
    .where(({ or, eb }) => or([eb('id', '=', notice), eb('digest_id', '=', notice)]))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  for (const row of rows) await answer(world, { owner, row }, now)
}

async function answer(
  world: World,
  { owner, row }: { owner: OwnerPerson; row: NoticeRow },
  now: number,
): Promise<void> {
  if (row.actions.length === 0) return
  const ticket = row.ticket_id === null ? undefined : await ticketOf(world.db, row.ticket_id)
  const choice = choose(owner, {
    id: row.id,
    about: row.notice,
    urgent: row.urgent,
    actions: row.actions,
    slots: ticket !== undefined && row.actions.includes('book') ? await slotsFor(world, ticket, now) : [],
    putOff: row.kind === 'reminder' ? 1 : 0,
    experience: ticket && experienceOf(world, ticket),
  })
  const given = answerOf(choice)
  if (given === undefined) return
  await world.commands.answerNotice({ notice: row.id, user: owner.id, at: now, answer: given })
}

/** Nothing to choose from where a visit is agreed on already. */
async function slotsFor(
  world: World,
  ticket: Awaited<ReturnType<typeof ticketOf>>,
  now: number,
): Promise<Slot[]> {
  const isOpen = ticket.work_state === 'open' || ticket.work_state === 'assigned'
  return isOpen && ticket.visit_from === null ? visitSlots(world.db, ticket, now) : []
}

function answerOf(choice: Choice): OwnerAnswer | undefined {
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
