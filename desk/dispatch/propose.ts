import type { Kysely } from 'kysely'
import { hourMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'
import { type PartSource, sourcesOf } from '../stock/sources.ts'
import { type Candidate, candidatesFor, type Job, jobOf } from './candidates.ts'
import { distanceKm, positionOf } from './distance.ts'
import { firstFree, type Visit, visitMs, workingTimeOf } from './free-time.ts'
import { reasonsFor } from './reasons.ts'

export interface Proposal {
  technician: string
  name: string
  /** Less is better: hours that the visit would be later or longer, by the weights below. */
  cost: number
  /** Why, in words, what weighs most first. */
  reasons: string[]
  distanceKm: number | undefined
  /** When he could come first. */
  visit: Visit
  /** Where the ticket's part comes from; undefined where it needs none, or nobody has it. */
  partFrom: PartSource | undefined
}

export interface Considered {
  /** The best first. */
  proposals: Proposal[]
  leftOut: { technician: string; because: string }[]
}

/** Everything in hours. Our own choice: a depot on the way costs an hour, a part that must be ordered two days. */
const weights = {
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
  return (await considerTechnicians(db, ticket, now)).proposals
}

/** The same, and why the others are left out. */
export async function considerTechnicians(
  db: Kysely<Records>,
  ticket: string,
  now: Date,
): Promise<Considered> {
  const job = await jobOf(db, ticket)
  if (job === undefined) return { proposals: [], leftOut: [] }
  const considered: Considered = { proposals: [], leftOut: [] }
  for (const candidate of await candidatesFor(db, job)) {
    const { id } = candidate.technician
    const source = await sourceFor(db, job, candidate)
    const result = weigh(job, { ...candidate, source }, now)
    if (typeof result === 'string') considered.leftOut.push({ technician: id, because: result })
    else considered.proposals.push(result)
  }
  considered.proposals.sort(
    (one, other) => one.cost - other.cost || (one.technician < other.technician ? -1 : 1),
  )
  return considered
}

async function sourceFor(db: Kysely<Records>, { part, position }: Job, { technician }: Candidate) {
  if (part === null) return undefined
  const [best] = await sourcesOf(db, { part, van: technician.van_id, near: position })
  return best
}

function weigh(
  job: Job,
  candidate: Candidate & { source: PartSource | undefined },
  now: Date,
): Proposal | string {
  const { technician, booked, load, answered, source } = candidate
  if (answered === 'declined') return 'has declined it'
  if (answered === 'expired') return 'did not answer in time'
  const from = job.visit?.from ?? now.getTime()
  const visit = firstFree(workingTimeOf(technician), { booked, from, visitMs })
  if (visit === undefined) return 'has no free time within three weeks'
  if (job.visit !== undefined && visit.from >= job.visit.until) return 'has no free time at the agreed visit'
  const home = positionOf(technician)
  const far = home && job.position ? distanceKm(home, job.position) : undefined
  const isNear = technician.region !== null && technician.region === job.region
  const costs = {
    distance: far === undefined ? unknownDistance(isNear) : far / weights.kmAnHour,
    part: partCost(job, source),
    wait: (visit.from - now.getTime()) / hourMs,
    load: load * weights.openTicket,
    rating: (5 - (technician.rating ?? weights.usualRating)) * weights.ratingPoint,
    before: answered === 'accepted' ? weights.hadItBefore : 0,
  }
  const cost = Object.values(costs).reduce((sum, one) => sum + one, 0)
  const facts = { job, technician, visit, far, isNear, source, load, had: answered === 'accepted', now }
  const { id, name } = technician
  return { technician: id, name, cost, reasons: reasonsFor(facts), distanceKm: far, visit, partFrom: source }
}

function unknownDistance(isNear: boolean): number {
  return isNear ? weights.unknownDistance.sameRegion : weights.unknownDistance.elsewhere
}

function partCost({ part }: Job, source: PartSource | undefined): number {
  if (part === null || source?.kind === 'van') return 0
  return source === undefined ? weights.partMissing : weights.partFromDepot
}
