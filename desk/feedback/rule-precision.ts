import { type Kysely, sql } from 'kysely'
import { type Proportion, wilsonInterval } from '../../lib/wilson-interval.ts'
import type { Records } from '../../store/records/schema.ts'

/** Precision of one version of a rule, by the verdicts of technicians. */
export interface RulePrecision {
  rule: string
  version: string
  /** Tickets with a verdict that counts, and those of them whose part was worn. */
  verdicts: number
  confirmed: number
  precision: Proportion
}

/** Number of latest verdicts that count for each version, because older faults may have been fixed. */
const verdictWindow = 50

/**
 * Compute the precision of each rule version from the verdicts on the tickets that it raised a finding on; a verdict counts
 * for every such rule. `worn` is a true positive; `not_worn` and `sensor_fault` are false positives; `other` and missing
 * verdicts do not count. The version is the one that raised the finding.
 * @returns by rule, then version; versions without verdicts are left out
 */
export async function computeRulePrecisions(db: Kysely<Records>): Promise<RulePrecision[]> {
  const { rows } = await sql<Omit<RulePrecision, 'precision'>>`
    with counted as (
      select distinct findings.rule, findings.version, tickets.id, tickets.verdict,
        coalesce(tickets.resolved_at, tickets.updated_at) as at
      from tickets join findings on findings.ticket_id = tickets.id
      where tickets.verdict in ('worn', 'not_worn', 'sensor_fault')
        and findings.state = 'raised' and not findings.shadow
    ), newest as (
      select *, row_number() over (partition by rule, version order by at desc, id desc) as place from counted
    )
    select rule, version, count(*)::integer as verdicts, (count(*) filter (where verdict = 'worn'))::integer as confirmed
    from newest where place <= ${verdictWindow} group by rule, version order by rule, version`.execute(db)
  return rows.map((row) => ({ ...row, precision: wilsonInterval(row.confirmed, row.verdicts) }))
}
