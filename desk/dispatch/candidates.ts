import { type Kysely, type Selectable, sql } from 'kysely'
import type { TechniciansTable } from '../../store/records/desk-schema.ts'
import type { Records } from '../../store/records/schema.ts'
import type { VisitWindow } from './availability.ts'
import type { GeoPosition } from './distance.ts'
import { positionOf } from './distance.ts'

/** Requirements and position of a visit. */
export interface VisitJob {
  ticket: string
  kind: string
  model: string | null
  skill: string | null
  part: string | null
  region: string | null
  position: GeoPosition | undefined
  /** Visit that the owner has agreed to. */
  visit: VisitWindow | undefined
}

export interface TechnicianCandidate {
  technician: Selectable<TechniciansTable>
  /** Booked visits for other tickets. */
  booked: VisitWindow[]
  /** Assigned tickets that are not resolved. */
  openTickets: number
  /** State of the technician's last offer of this ticket. */
  lastOfferState: 'declined' | 'expired' | 'accepted' | undefined
}

/** Return the job of a ticket; undefined when the ticket does not exist. */
export async function loadVisitJob(db: Kysely<Records>, ticket: string): Promise<VisitJob | undefined> {
  const row = await db
    .selectFrom('tickets')
    .leftJoin('devices', 'devices.id', 'tickets.device_id')
    .leftJoin('owners', 'owners.id', 'devices.owner_id')
    .select(['devices.kind', 'devices.model', 'tickets.skill', 'tickets.part', 'visit_from', 'visit_until'])
    .select(['owners.latitude', 'owners.longitude'])
    .select(({ fn }) => fn.coalesce('owners.region', 'devices.region').as('region'))
    .where('tickets.id', '=', ticket)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { kind, model, skill, part, region, visit_from, visit_until } = row
  return {
    ticket,
    kind: kind ?? '*',
    model,
    skill,
    part,
    region,
    position: positionOf(row),
    visit:
      visit_from && visit_until ? { from: visit_from.getTime(), until: visit_until.getTime() } : undefined,
  }
}

/** Return active technicians with the skill for a ticket; without a skill, all that know the device kind. */
export async function findCandidates(db: Kysely<Records>, job: VisitJob): Promise<TechnicianCandidate[]> {
  const technicians = await db
    .selectFrom('technicians')
    .selectAll()
    .where('active', '=', true)
    .where('id', 'in', (skilled) =>
      skilled
        .selectFrom('technician_skills')
        .select('technician_id')
        .where('kind', 'in', [job.kind, '*'])
        .where('model', 'in', [job.model ?? '*', '*'])
        .$if(job.skill !== null, (query) => query.where('skill', 'in', [job.skill ?? '*', '*'])),
    )
    .orderBy('id')
    .execute()
  if (technicians.length === 0) return []
  const ids = technicians.map(({ id }) => id)
  const work = await openTicketsOf(db, ids)
  const answers = await lastOfferStates(db, job.ticket, ids)
  return technicians.map((technician) => {
    const own = work.filter(({ technician_id }) => technician_id === technician.id)
    const booked = own.flatMap(({ id, visit_from, visit_until }) =>
      id !== job.ticket && visit_from && visit_until
        ? [{ from: visit_from.getTime(), until: visit_until.getTime() }]
        : [],
    )
    return { technician, booked, openTickets: own.length, lastOfferState: answers.get(technician.id) }
  })
}

function openTicketsOf(db: Kysely<Records>, technicians: string[]) {
  return db
    .selectFrom('tickets')
    .select(['id', 'technician_id', 'visit_from', 'visit_until'])
    .where('technician_id', 'in', technicians)
    .where('work_state', 'in', ['assigned', 'en_route', 'in_progress'])
    .execute()
}

async function lastOfferStates(db: Kysely<Records>, ticket: string, technicians: string[]) {
  const rows = await db
    .selectFrom('offers')
    .select([
      'technician_id',
      sql<
        NonNullable<TechnicianCandidate['lastOfferState']>
      >`(array_agg(state order by offered_at desc))[1]`.as('state'),
    ])
    .where('ticket_id', '=', ticket)
    .where('technician_id', 'in', technicians)
    .where('state', 'in', ['declined', 'expired', 'accepted'])
    .groupBy('technician_id')
    .execute()
  return new Map(rows.map(({ technician_id, state }) => [technician_id, state]))
}
