import type { Selectable } from 'kysely'
import { dateTimeFormat } from '../../lib/zoned-time.ts'
import type { TechniciansTable } from '../../store/records/desk-schema.ts'
import type { PartSource } from '../stock/part-sources.ts'
import type { VisitWindow } from './availability.ts'
import type { VisitJob } from './candidates.ts'

interface ProposalFacts {
  job: VisitJob
  technician: Selectable<TechniciansTable>
  visit: VisitWindow
  distanceKm: number | undefined
  isNear: boolean
  source: PartSource | undefined
  load: number
  /** This ticket, before. */
  hadBefore: boolean
  now: Date
}

/** Why somebody is proposed, in the words of a dispatcher. */
export function explainProposal({
  job,
  technician,
  visit,
  distanceKm: far,
  isNear,
  source,
  load,
  hadBefore: had,
  now,
}: ProposalFacts): string[] {
  const { time_zone, rating } = technician
  const known = job.skill === null ? `knows ${job.kind}` : `has the skill ${job.skill} for ${job.kind}`
  return [
    known,
    ...(job.part === null ? [] : [partReason(job.part, source)]),
    distanceReason(far, isNear, technician.region),
    `free ${formatVisitTime(visit.from, now.getTime(), time_zone)}`,
    load === 0 ? 'has no other open ticket' : `has ${load} open ${load === 1 ? 'ticket' : 'tickets'}`,
    ...(had ? ['had this ticket before'] : []),
    ...(rating === null ? [] : [`rated ${rating.toFixed(1)}`]),
  ]
}

function partReason(part: string, source: PartSource | undefined): string {
  if (source === undefined) return `nobody has the part ${part}: it has to be ordered`
  if (source.kind === 'van') return `has the part ${part} in the van`
  const far = source.distanceKm === undefined ? '' : `, ${source.distanceKm.toFixed(0)} km from the owner`
  return `the part ${part} is in ${source.name}${far}`
}

function distanceReason(far: number | undefined, isNear: boolean, region: string | null): string {
  if (far !== undefined) return `${far.toFixed(0)} km away`
  return isNear
    ? `at home in ${region}, as the owner is`
    : 'where he starts from or where he has to go is not known'
}

function formatVisitTime(at: number, now: number, timeZone: string): string {
  const date = dateTimeFormat('en-CA', { timeZone })
  const time = dateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)
  if (date.format(at) === date.format(now)) return `at ${time} today`
  const day = dateTimeFormat('en-GB', { timeZone, weekday: 'long', day: 'numeric', month: 'long' })
  return `at ${time} on ${day.format(at)}`
}
