import type { Kysely } from 'kysely'
import type { Evidence } from '../../contract/finding.ts'
import type { Records } from '../../store/records/schema.ts'
import type { HitCount, Period } from './period.ts'

/**
 * Repairs that came before the failure, of those in the period whose part was found worn: until the ticket was resolved
 * no finding on it said that the part was beyond its limit, or that the device was silent.
 */
export async function repairsBeforeFailure(db: Kysely<Records>, { from, until }: Period): Promise<HitCount> {
  const rows = await db
    .selectFrom('tickets')
    .innerJoin('findings', 'findings.ticket_id', 'tickets.id')
    .select(['tickets.id', 'findings.at', 'findings.evidence'])
    .where('tickets.verdict', '=', 'worn')
    .where('tickets.resolved_at', '>=', from)
    .where('tickets.resolved_at', '<', until)
    .whereRef('findings.at', '<=', 'tickets.resolved_at')
    .where('findings.state', '!=', 'cleared')
    .where('findings.shadow', '=', false)
    .execute()
  const tickets = new Set(rows.map(({ id }) => id))
  const late = rows.filter(({ evidence, at }) => indicatesFailure(evidence, at.getTime())).map(({ id }) => id)
  return { n: tickets.size, hits: tickets.size - new Set(late).size }
}

/** Those that look ahead: what they raise without a date is beyond its limit. */
const forecastDetectors = ['forecast', 'trend', 'life', 'drop']

/**
 * Whether a finding says that it is too late. With a date of the crossing that is the date (P50), or a value that has
 * gone past the limit in the way that it goes; a threshold speaks only beyond its limit, use when it is used up. Drift,
 * peers and the calendar know no limit: what they see is early.
 */
export function indicatesFailure(evidence: Evidence, at: number): boolean {
  const { detector, value, limit, slopePerDay = 0, crossing } = evidence
  if (detector === 'all' || detector === 'any') {
    const spoke = leadingPart(evidence)
    return spoke !== undefined && indicatesFailure(spoke, at)
  }
  if (detector === 'silence') return true
  const beyond = value === undefined || limit === undefined ? undefined : value - limit
  if (detector === 'usage') return (beyond ?? -1) >= 0
  if (crossing !== undefined) return crossing.p50 <= at || (beyond ?? 0) * slopePerDay > 0
  return detector === 'threshold' || (forecastDetectors.includes(detector) && limit !== undefined)
}

/** Of a combination's parts the one whose words it took. */
function leadingPart({ parts = [], ...said }: Evidence): Evidence | undefined {
  const isSame = (part: Evidence) =>
    part.metric === said.metric && part.value === said.value && part.lastSeen === said.lastSeen
  return parts.find((part) => isSame(part) && part.limit === said.limit) ?? parts.find(isSame) ?? parts[0]
}
