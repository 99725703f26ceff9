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
  /** The technician had this ticket before. */
  hadBefore: boolean
  now: Date
}

/** Return the reasons for a proposal as texts for dispatchers. */
export function explainProposal({
  job,
  technician,
  visit,
  distanceKm,
  isNear,
  source,
  load,
  hadBefore,
  now,
}: ProposalFacts): string[] {
  const { time_zone, rating } = technician
  const known = job.skill === null ? `knows ${job.kind}` : `has the skill ${job.skill} for ${job.kind}`
  return [
    known,
    ...(job.part === null ? [] : [partReason(job.part, source)]),
    distanceReason(distanceKm, isNear, technician.region),
    `free ${formatVisitTime(visit.from, now.getTime(), time_zone)}`,
    load === 0 ? 'has no other open ticket' : `has ${load} open ${load === 1 ? 'ticket' : 'tickets'}`,
    ...(hadBefore ? ['had this ticket before'] : []),
    ...(rating === null ? [] : [`rated ${rating.toFixed(1)}`]),
  ]
}

function partReason(part: string, source: PartSource | undefined): string {
  if (source === undefined) return `the part ${part} is not in stock and has to be ordered`
  if (source.kind === 'van') return `has the part ${part} in the van`
  const far = source.distanceKm === undefined ? '' : `, ${source.distanceKm.toFixed(0)} km from the owner`
  return `the part ${part} is in ${source.name}${far}`
}

function distanceReason(far: number | undefined, isNear: boolean, region: string | null): string {
  if (far !== undefined) return `${far.toFixed(0)} km away`
  return isNear
    ? `based in ${region}, as is the owner`
    : 'distance unknown: the position of the technician or of the owner is missing'
}

function formatVisitTime(at: number, now: number, timeZone: string): string {
  const date = dateTimeFormat('en-CA', { timeZone })
  const time = dateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)
  if (date.format(at) === date.format(now)) return `at ${time} today`
  const day = dateTimeFormat('en-GB', { timeZone, weekday: 'long', day: 'numeric', month: 'long' })
  return `at ${time} on ${day.format(at)}`
}
