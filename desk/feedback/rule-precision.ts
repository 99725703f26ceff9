import { type Kysely, sql } from 'kysely'
import { type Proportion, wilsonInterval } from '../../lib/wilson-interval.ts'
import type { Records } from '../../store/records/schema.ts'

/** How often one version of a rule was right, by what technicians found. */
export interface RulePrecision {
  rule: string
  version: string
  /** Tickets that count, and those of them whose part was worn. */
  judged: number
  right: number
  precision: Proportion
}

/** Only so many tickets count of each version, those judged last: what was wrong a year ago may be mended. */
const verdictWindow = 50

/**
 * The precision of each version of a rule, by the verdicts on the tickets that it raised something on; every rule that
 * did so gets the verdict. Right is `worn`, wrong are `not_worn` and `sensor_fault`; `other`, and no verdict, say
 * nothing of the rule. The version is that which raised the finding.
 * @returns by rule, then version; of versions that were never judged nothing
 */
export async function computeRulePrecisions(db: Kysely<Records>): Promise<RulePrecision[]> {
  const { rows } = await sql<Omit<RulePrecision, 'precision'>>`
    with judged as (
      select distinct findings.rule, findings.version, tickets.id, tickets.verdict,
        coalesce(tickets.resolved_at, tickets.updated_at) as at
      from tickets join findings on findings.ticket_id = tickets.id
      where tickets.verdict in ('worn', 'not_worn', 'sensor_fault')
        and findings.state = 'raised' and not findings.shadow
    ), newest as (
      select *, row_number() over (partition by rule, version order by at desc, id desc) as place from judged
    )
    select rule, version, count(*)::integer as judged, (count(*) filter (where verdict = 'worn'))::integer as right
    from newest where place <= ${verdictWindow} group by rule, version order by rule, version`.execute(db)
  return rows.map((row) => ({ ...row, precision: wilsonInterval(row.right, row.judged) }))
}
