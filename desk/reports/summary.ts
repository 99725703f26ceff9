import { type Kysely, sql } from 'kysely'
import type { Severity } from '../../contract/finding.ts'
import { dayMs } from '../../lib/time.ts'
import type { Records } from '../../store/records/schema.ts'

/** What an operator sees first: counts at one moment. */
export interface DeskSummary {
  devices: { kind: string; devices: number; online: number; lost: number }[]
  activeFindings: Record<Severity, number>
  openTickets: { level1: number; level2: number; level3: number; unacknowledged: number; unassigned: number }
  openIncidents: number
  /** Of the last 24 hours, by the time at which they were written. */
  notices: { written: number; delivered: number; failed: number; waiting: number }
  /** Messages in quarantine that wait for a retry. */
  quarantined: number
}

/** Count devices in use, active findings, and open work. */
export async function summarizeDesk(db: Kysely<Records>, now: Date): Promise<DeskSummary> {
  const since = new Date(now.getTime() - dayMs)
  const [devices, findings, counts] = await Promise.all([
    countDevices(db),
    countActiveFindings(db),
    countOpenWork(db, since),
  ])
  const { incidents, quarantined, written, delivered, failed, waiting, ...openTickets } = counts
  const none = { critical: 0, major: 0, minor: 0, warning: 0 }
  return {
    devices,
    activeFindings: {
      ...none,
      ...Object.fromEntries(findings.map(({ severity, count }) => [severity, count])),
    },
    openTickets,
    openIncidents: incidents,
    notices: { written, delivered, failed, waiting },
    quarantined,
  }
}

async function countDevices(db: Kysely<Records>): Promise<DeskSummary['devices']> {
  const { rows } = await sql<DeskSummary['devices'][number]>`
    select kind, count(*)::integer as devices,
      (count(*) filter (where presence = 'online'))::integer as online,
      (count(*) filter (where presence = 'lost'))::integer as lost
    from devices where retired_at is null and renamed_to is null
    group by kind order by kind`.execute(db)
  return rows
}

async function countActiveFindings(db: Kysely<Records>): Promise<{ severity: Severity; count: number }[]> {
  const { rows } = await sql<{ severity: Severity; count: number }>`
    select newest_severity as severity, count(*)::integer as count
    from findings where state = 'raised' and cleared_at is null and not shadow
    group by 1`.execute(db)
  return rows
}

type OpenWork = DeskSummary['openTickets'] &
  DeskSummary['notices'] & { incidents: number; quarantined: number }

async function countOpenWork(db: Kysely<Records>, since: Date): Promise<OpenWork> {
  const isOpen = sql`work_state in ('open', 'assigned', 'en_route', 'in_progress')`
  const { rows } = await sql<OpenWork>`
    select tickets.*, notices.*,
      (select count(*)::integer from incidents where state = 'open') as incidents,
      coalesce((select waiting from quarantine_totals), 0)::integer as quarantined
    from (
      select (count(*) filter (where sla = 'level1'))::integer as level1,
        (count(*) filter (where sla = 'level2'))::integer as level2,
        (count(*) filter (where sla = 'level3'))::integer as level3,
        (count(*) filter (where operator_state = 'unacknowledged'))::integer as unacknowledged,
        (count(*) filter (where work_state = 'open'))::integer as unassigned
      from tickets where ${isOpen}
    ) as tickets, (
      select count(*)::integer as written,
        (count(*) filter (where state in ('delivered', 'read', 'snoozed', 'done')))::integer as delivered,
        (count(*) filter (where state = 'failed'))::integer as failed,
        (count(*) filter (where state in ('queued', 'sent')))::integer as waiting
      from notices where created_at >= ${since}
    ) as notices`.execute(db)
  const [counts] = rows
  if (counts === undefined) throw new Error('a count without a row')
  return counts
}
