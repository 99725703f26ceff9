import type { Kysely, Selectable } from 'kysely'
import type { SimulatedOwner } from '../../device-sim/people/owner.ts'
import type { PartInspector } from '../../device-sim/people/part-condition.ts'
import type { ServiceExperience } from '../../device-sim/people/satisfaction.ts'
import type { SimulatedTechnician } from '../../device-sim/people/technician.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import type { DeskCommands } from './actors/desk-commands.ts'
import type { EventQueue } from './actors/event-queue.ts'

/** What everybody on the stage shares. */
export interface ServiceContext {
  db: Kysely<Records>
  queue: EventQueue
  commands: DeskCommands
  seed: number
  owners: ReadonlyMap<string, SimulatedOwner>
  technicians: ReadonlyMap<string, SimulatedTechnician>
  inspectPart: PartInspector
  /** How the repair of each ticket went in truth, for its owner to rate and to complain of. */
  repairs: Map<string, RepairRecord>
}

/** What became of a ticket's visits. */
export interface RepairRecord {
  /** How many were agreed on. */
  visits: number
  /** The most that anybody came late, ms. */
  lateMs: number
  /** Whether what was done last holds. */
  isEffective: boolean
}

export type TicketWithOwner = Selectable<TicketsTable> & { owner_id: string | null }

/** A ticket with whose device it is about, as people see it on their screens. */
export async function loadTicket(db: Kysely<Records>, id: string): Promise<TicketWithOwner> {
  return ticketsWithOwner(db).where('tickets.id', '=', id).executeTakeFirstOrThrow()
}

/** The list of all that is to be done, the oldest first. */
export async function listOpenTickets(db: Kysely<Records>): Promise<TicketWithOwner[]> {
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
export function repairRecordOf({ repairs }: ServiceContext, ticket: string): RepairRecord {
  const known = repairs.get(ticket)
  if (known !== undefined) return known
  const fresh: RepairRecord = { visits: 0, lateMs: 0, isEffective: true }
  repairs.set(ticket, fresh)
  return fresh
}

/** How a repair was for its owner. */
export function serviceExperienceOf(
  world: ServiceContext,
  { id, created_at, resolved_at }: TicketWithOwner,
): ServiceExperience {
  const { visits, lateMs, isEffective: holds } = repairRecordOf(world, id)
  const tookMs = (resolved_at?.getTime() ?? created_at.getTime()) - created_at.getTime()
  return { ticket: id, visits, lateMs, resolutionTimeMs: tookMs, fixed: holds }
}
