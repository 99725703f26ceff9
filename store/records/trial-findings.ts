import { type Kysely, sql } from 'kysely'
import type { TrialFinding } from '../../contract/finding.ts'
import type { Records } from './schema.ts'

/** Findings of both versions of a rule during one of its trials. */
export interface TrialFindings {
  /** Oldest first. */
  findings: TrialFinding[]
  /** Parts with an active finding of the live version when the trial began there. */
  activeAtStart: Pick<TrialFinding, 'device' | 'component' | 'epoch'>[]
}

/** Return the findings of a trial. @param since start of the trial, ms */
export async function readTrialFindings(
  db: Kysely<Records>,
  { rule, since }: { rule: string; since: number },
): Promise<TrialFindings> {
  const trial = new Date(since)
  const findings = await db
    .selectFrom('findings')
    .select(['device_id as device', 'component', 'epoch', 'state', 'at', 'shadow'])
    .where('rule', '=', rule)
    .where('trial', '=', trial)
    .orderBy('at')
    .orderBy(sql`array_position(array['raised', 'updated', 'cleared'], state)`)
    .execute()
  const statesAtStart = await sql<TrialFindings['activeAtStart'][number] & { state: string }>`
    with parts as (
      select device_id, component, epoch, min(at) as first from findings
      where rule = ${rule} and trial = ${trial} group by device_id, component, epoch
    )
    select distinct on (device_id, component, epoch) device_id as device, component, epoch, state
    from findings join parts using (device_id, component, epoch)
    where rule = ${rule} and not shadow and trial is distinct from ${trial} and at <= first
    order by device_id, component, epoch, at desc,
      array_position(array['cleared', 'updated', 'raised'], state)`.execute(db)
  return {
    findings: findings.map(({ at, ...finding }) => ({ ...finding, at: at.getTime() })),
    activeAtStart: statesAtStart.rows
      .filter(({ state }) => state !== 'cleared')
      .map(({ device, component, epoch }) => ({ device, component, epoch })),
  }
}
