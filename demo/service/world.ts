import type { Kysely, Selectable } from 'kysely'
import type { OwnerPerson } from '../../device-sim/people/owner.ts'
import type { LooksAtPart } from '../../device-sim/people/part-condition.ts'
import type { Experience } from '../../device-sim/people/satisfaction.ts'
import type { TechnicianPerson } from '../../device-sim/people/staff.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import type { Agenda } from './actors/agenda.ts'
import type { Commands } from './actors/commands.ts'

/** What everybody on the stage shares. */
export interface World {
  db: Kysely<Records>
  agenda: Agenda
  commands: Commands
  seed: number
  owners: ReadonlyMap<string, OwnerPerson>
  technicians: ReadonlyMap<string, TechnicianPerson>
  looks: LooksAtPart
  /** How the repair of each ticket went in truth, for its owner to rate and to complain of. */
  repairs: Map<string, Repair>
}

/** What became of a ticket's visits. */
export interface Repair {
  /** How many were agreed on. */
  visits: number
  /** The most that anybody came late, ms. */
  lateMs: number
  /** Whether what was done last holds. */
  holds: boolean
}

export type Ticket = Selectable<TicketsTable> & { owner_id: string | null }

/** A ticket with whose device it is about, as people see it on their screens. */
export async function ticketOf(db: Kysely<Records>, id: string): Promise<Ticket> {
  return ticketsWithOwner(db).where('tickets.id', '=', id).executeTakeFirstOrThrow()
}

/** The list of all that is to be done, the oldest first. */
export async function ticketsToDo(db: Kysely<Records>): Promise<Ticket[]> {
  return ticketsWithOwner(db)
    .where('work_state', 'not in', ['closed', 'cancelled'])
    .orderBy('tickets.number')
    .execute()
}

function ticketsWithOwner(db: Kysely<Records>) {
  return db
    .selectFrom('tickets')
    .innerJoin('devices', 'devices.id', 'tickets.device_id')
    .selectAll('tickets')
    .select('devices.owner_id')
}

/** What is remembered of a ticket's repair. */
export function repairOf({ repairs }: World, ticket: string): Repair {
  const known = repairs.get(ticket)
  if (known !== undefined) return known
  const fresh: Repair = { visits: 0, lateMs: 0, holds: true }
  repairs.set(ticket, fresh)
  return fresh
}

/** How a repair was for its owner. */
export function experienceOf(world: World, { id, created_at, resolved_at }: Ticket): Experience {
  const { visits, lateMs, holds } = repairOf(world, id)
  const tookMs = (resolved_at?.getTime() ?? created_at.getTime()) - created_at.getTime()
  return { ticket: id, visits, lateMs, tookMs, fixed: holds }
}
