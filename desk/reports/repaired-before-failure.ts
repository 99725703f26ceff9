import type { Kysely } from 'kysely'
import type { DetectorRegistry } from '../../rules/detectors/registry.ts'
import type { Records } from '../../store/records/schema.ts'
import type { HitCount, Period } from './period.ts'

/**
 * Count repairs before the failure among the tickets with verdict worn that were resolved in the period: until then, no
 * finding of the ticket showed the part beyond its limit or the device silent.
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
