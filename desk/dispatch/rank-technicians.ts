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
  /** Cost in hours by the weights below; less is better. */
  cost: number
  /** Reasons as texts. */
  reasons: string[]
  distanceKm: number | undefined
  /** First free slot. */
  visit: VisitWindow
  /** Source of the ticket's part; undefined when it needs none, or no source has it. */
  partSource: PartSource | undefined
}

export interface TechnicianRanking {
  /** Best first. */
  proposals: Proposal[]
  excluded: { technician: string; reason: string }[]
}

/** Cost in hours, chosen by us: a depot on the way costs one hour, a part that has to be ordered two days. */
const costWeights = {
  kmAnHour: 50,
  unknownDistance: { sameRegion: 0.5, elsewhere: 3 },
  partFromDepot: 1,
  partMissing: 48,
  openTicket: 0.5,
  ratingPoint: 1,
  /** The technician gave the ticket back, was taken off it, or the repair failed. */
  hadItBefore: 24,
  usualRating: 4,
}

/** Return the technicians for a ticket, best first. */
export async function proposeTechnicians(
  db: Kysely<Records>,
  ticket: string,
  now: Date,
): Promise<Proposal[]> {
  return (await rankTechnicians(db, ticket, now)).proposals
}

/** Rank technicians for a ticket, and say why others are excluded. */
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
    if (typeof result === 'string') considered.excluded.push({ technician: id, reason: result })
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
  const { technician, booked, openTickets, lastOfferState, source } = candidate
  if (lastOfferState === 'declined') return 'has declined it'
  if (lastOfferState === 'expired') return 'did not answer in time'
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
    load: openTickets * costWeights.openTicket,
    rating: (5 - (technician.rating ?? costWeights.usualRating)) * costWeights.ratingPoint,
    before: lastOfferState === 'accepted' ? costWeights.hadItBefore : 0,
  }
  const cost = Object.values(costs).reduce((sum, one) => sum + one, 0)
  const facts = {
    job,
    technician,
    visit,
    distanceKm: far,
    isNear,
    source,
    load: openTickets,
    hadBefore: lastOfferState === 'accepted',
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
