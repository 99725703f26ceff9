import type { Kysely } from 'kysely'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'
import type { Records } from '../../store/records/schema.ts'
import type { HitCount, Period } from './period.ts'

/**
 * Repairs that came before the failure, of those in the period whose part was found worn: until the ticket was resolved
 * no finding on it said that the part was beyond its limit, or that the device was silent.
 */
export async function repairsBeforeFailure(
  db: Kysely<Records>,
  { from, until }: Period,
  detectors: Pick<DetectorRegistry, 'indicatesFailure'>,
): Promise<HitCount> {
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
  const late = rows
    .filter(({ evidence, at }) => detectors.indicatesFailure(evidence, at.getTime()))
    .map(({ id }) => id)
  return { n: tickets.size, hits: tickets.size - new Set(late).size }
}
