import type { Kysely } from 'kysely'
import { hourMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { findPartSources, type PartSource } from '../stock/part-sources.ts'
import { findFirstSlot, type VisitWindow, visitDurationMs, workScheduleOf } from './availability.ts'
import { findCandidates, loadVisitJob, type TechnicianCandidate, type VisitJob } from './candidates.ts'
import { distanceKm, positionOf } from './distance.ts'
import { explainProposal } from './explain-proposal.ts'

export interface Proposal {
  technician: string
  name: string
  /** Less is better: hours that the visit would be later or longer, by the weights below. */
  cost: number
  /** Why, in words, what weighs most first. */
  reasons: string[]
  distanceKm: number | undefined
  /** When he could come first. */
  visit: VisitWindow
  /** Where the ticket's part comes from; undefined where it needs none, or nobody has it. */
  partSource: PartSource | undefined
}

export interface TechnicianRanking {
  /** The best first. */
  proposals: Proposal[]
  excluded: { technician: string; because: string }[]
}

/** Everything in hours. Our own choice: a depot on the way costs an hour, a part that must be ordered two days. */
const costWeights = {
  kmAnHour: 50,
  unknownDistance: { sameRegion: 0.5, elsewhere: 3 },
  partFromDepot: 1,
  partMissing: 48,
  openTicket: 0.5,
  ratingPoint: 1,
  /** He gave it back, was taken off it, or has not mended it. */
  hadItBefore: 24,
  usualRating: 4,
}

/** Technicians for a ticket, the best first. */
export async function proposeTechnicians(
  db: Kysely<Records>,
  ticket: string,
  now: Date,
): Promise<Proposal[]> {
  return (await rankTechnicians(db, ticket, now)).proposals
}

/** The same, and why the others are left out. */
export async function rankTechnicians(
  db: Kysely<Records>,
  ticket: string,
  now: Date,
): Promise<TechnicianRanking> {
  const job = await loadVisitJob(db, ticket)
  if (job === undefined) return { proposals: [], excluded: [] }
  const considered: TechnicianRanking = { proposals: [], excluded: [] }
  for (const candidate of await findCandidates(db, job)) {
    const { id } = candidate.technician
    const source = await bestSourceFor(db, job, candidate)
    const result = scoreCandidate(job, { ...candidate, source }, now)
    if (typeof result === 'string') considered.excluded.push({ technician: id, because: result })
    else considered.proposals.push(result)
  }
  considered.proposals.sort(
    (one, other) => one.cost - other.cost || (one.technician < other.technician ? -1 : 1),
  )
  return considered
}

async function bestSourceFor(
  db: Kysely<Records>,
  { part, position }: VisitJob,
  { technician }: TechnicianCandidate,
) {
  if (part === null) return undefined
  const [best] = await findPartSources(db, { part, van: technician.van_id, near: position })
  return best
}

function scoreCandidate(
  job: VisitJob,
  candidate: TechnicianCandidate & { source: PartSource | undefined },
  now: Date,
): Proposal | string {
  const { technician, booked, openTickets: load, lastOfferState: answered, source } = candidate
  if (answered === 'declined') return 'has declined it'
  if (answered === 'expired') return 'did not answer in time'
  const from = job.visit?.from ?? now.getTime()
  const visit = findFirstSlot(workScheduleOf(technician), { booked, from, visitDurationMs })
  if (visit === undefined) return 'has no free time within three weeks'
  if (job.visit !== undefined && visit.from >= job.visit.until) return 'has no free time at the agreed visit'
  const home = positionOf(technician)
  const far = home && job.position ? distanceKm(home, job.position) : undefined
  const isNear = technician.region !== null && technician.region === job.region
  const costs = {
    distance: far === undefined ? unknownDistanceCost(isNear) : far / costWeights.kmAnHour,
    part: partCost(job, source),
    wait: (visit.from - now.getTime()) / hourMs,
    load: load * costWeights.openTicket,
    rating: (5 - (technician.rating ?? costWeights.usualRating)) * costWeights.ratingPoint,
    before: answered === 'accepted' ? costWeights.hadItBefore : 0,
  }
  const cost = Object.values(costs).reduce((sum, one) => sum + one, 0)
  const facts = {
    job,
    technician,
    visit,
    distanceKm: far,
    isNear,
    source,
    load,
    hadBefore: answered === 'accepted',
    now,
  }
  const { id, name } = technician
  return {
    technician: id,
    name,
    cost,
    reasons: explainProposal(facts),
    distanceKm: far,
    visit,
    partSource: source,
  }
}

function unknownDistanceCost(isNear: boolean): number {
  return isNear ? costWeights.unknownDistance.sameRegion : costWeights.unknownDistance.elsewhere
}

function partCost({ part }: VisitJob, source: PartSource | undefined): number {
  if (part === null || source?.kind === 'van') return 0
  return source === undefined ? costWeights.partMissing : costWeights.partFromDepot
}
