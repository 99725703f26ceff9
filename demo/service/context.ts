import type { Kysely, Selectable } from 'kysely'
import type { SimulatedOwner } from '../../device-sim/people/owner.ts'
import type { PartInspector } from '../../device-sim/people/part-condition.ts'
import type { ServiceExperience } from '../../device-sim/people/satisfaction.ts'
import type { SimulatedTechnician } from '../../device-sim/people/technician.ts'
import type { Records, TicketsTable } from '../../store/records/schema.ts'
import type { DeskCommands } from './actors/desk-commands.ts'
import type { EventQueue } from './actors/event-queue.ts'

/** What all actors share. */
export interface ServiceContext {
  db: Kysely<Records>
  queue: EventQueue
  commands: DeskCommands
  seed: number
  owners: ReadonlyMap<string, SimulatedOwner>
  technicians: ReadonlyMap<string, SimulatedTechnician>
  inspectPart: PartInspector
  /** Ground truth of the repair of each ticket, for its owner to rate and to complain about. */
  repairs: Map<string, RepairRecord>
}

/** The visits of a ticket and their outcome. */
export interface RepairRecord {
  /** Visits that were agreed on. */
  visits: number
  /** Maximum delay, ms. */
  lateMs: number
  /** Does the last repair last? */
  isEffective: boolean
}

export type TicketWithOwner = Selectable<TicketsTable> & { owner_id: string | null }

/** Load a ticket with the owner of its device. */
export async function loadTicket(db: Kysely<Records>, id: string): Promise<TicketWithOwner> {
  return ticketsWithOwner(db).where('tickets.id', '=', id).executeTakeFirstOrThrow()
}

/** List all open tickets, the oldest first. */
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

/** Return the record of a ticket's repair, created when missing. */
export function repairRecordOf({ repairs }: ServiceContext, ticket: string): RepairRecord {
  const known = repairs.get(ticket)
  if (known !== undefined) return known
  const fresh: RepairRecord = { visits: 0, lateMs: 0, isEffective: true }
  repairs.set(ticket, fresh)
  return fresh
}

/** Return the repair as its owner experienced it. */
export function serviceExperienceOf(
  context: ServiceContext,
  { id, created_at, resolved_at }: TicketWithOwner,
): ServiceExperience {
  const { visits, lateMs, isEffective } = repairRecordOf(context, id)
  const tookMs = (resolved_at?.getTime() ?? created_at.getTime()) - created_at.getTime()
  return { ticket: id, visits, lateMs, resolutionTimeMs: tookMs, fixed: isEffective }
}
