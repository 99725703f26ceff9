import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import { computeKpis } from '../../desk/reports/kpis.ts'
import type { KpiPeriod } from '../../desk/reports/period.ts'
import type { Kpi } from '../../desk/reports/report-schema.ts'
import { createDetectorRegistry } from '../../rules/detectors/registry.ts'
import type { Records } from '../../store/records/schema.ts'
import type { NoticeAudit } from './actors/notice-auditor.ts'

/** Figures of the service. Shares are null where there was nothing to count. */
export interface ServiceFigures {
  tickets: number
  responseSlaCompliance: number | null
  solutionSlaCompliance: number | null
  firstTimeFix: number | null
  satisfaction: number | null
  repairedBeforeFailureShare: number | null
  noticesPerOwnerMonth: number | null
  quietHoursViolations: number
  duplicateNotices: number
  service: ServiceDetails
}

/** Details behind the figures. */
interface ServiceDetails {
  /** With targets and sample sizes. */
  kpis: readonly Kpi[]
  /** Tickets at the end, by work state. */
  workStates: Record<string, number>
  verdicts: Record<string, number>
  escalations: Record<string, number>
  offers: Record<string, number>
  deliveredToOwners: number
  urgentInQuietHours: number
  /** Rejected commands of people, by reason. */
  rejectedCommands: Record<string, number>
  /** Hash of the records of the service: equal for equal seeds. */
  digest: string
}

export interface ObservedCounts {
  audit: NoticeAudit
  rejectedCommands: Record<string, number>
}

/** Compute the figures from the records, with the definitions of the monthly report, and from the observed deliveries. */
export async function collectServiceFigures(
  db: Kysely<Records>,
  period: KpiPeriod,
  { audit, rejectedCommands }: ObservedCounts,
): Promise<ServiceFigures> {
  const kpis = await computeKpis(db, { ...period, detectors: createDetectorRegistry() })
  const figureOf = (id: Kpi['id']) => kpis.find((kpi) => kpi.id === id)?.value ?? null
  const workStates = await countBy(db, 'tickets', 'work_state')
  return {
    tickets: Object.values(workStates).reduce((sum, count) => sum + count, 0),
    responseSlaCompliance: figureOf('responseSlaCompliance'),
    solutionSlaCompliance: figureOf('solutionSlaCompliance'),
    firstTimeFix: figureOf('firstTimeFix'),
    satisfaction: figureOf('satisfaction'),
    repairedBeforeFailureShare: figureOf('repairedBeforeFailureShare'),
    noticesPerOwnerMonth: figureOf('noticesPerOwnerMonth'),
    quietHoursViolations: audit.quietHoursViolations,
    duplicateNotices: audit.duplicateNotices,
    service: {
      kpis,
      workStates,
      verdicts: await countBy(db, 'tickets', 'verdict'),
      escalations: await countBy(db, 'escalations', 'step'),
      offers: await countBy(db, 'offers', 'state'),
      deliveredToOwners: audit.delivered,
      urgentInQuietHours: audit.urgentInQuietHours,
      rejectedCommands,
      digest: await digestOf(db),
    },
  }
}

async function countBy(
  db: Kysely<Records>,
  table: 'tickets' | 'escalations' | 'offers',
  column: 'work_state' | 'verdict' | 'step' | 'state',
): Promise<Record<string, number>> {
  const { rows } = await sql<{ value: string; count: number }>`
    select ${sql.ref(column)} as value, count(*)::integer as count from ${sql.table(table)}
    where ${sql.ref(column)} is not null group by 1 order by 1`.execute(db)
  return Object.fromEntries(rows.map(({ value, count }) => [value, count]))
}

/** Hash what people would see: tickets with their histories, notices and answers; not ids, because some are random. */
async function digestOf(db: Kysely<Records>): Promise<string> {
  const tickets = await db
    .selectFrom('tickets')
    .select([
      'number',
      'device_id',
      'work_state',
      'verdict',
      'technician_id',
      'responded_at',
      'resolved_at',
      'waited_ms',
    ])
    .orderBy('number')
    .execute()
  const steps = await db
    .selectFrom('ticket_history')
    .select(['ticket_id', 'at', 'actor', 'what'])
    .orderBy('ticket_id')
    .orderBy('at')
    .orderBy('what')
    .orderBy('actor')
    .execute()
  const notices = await db
    .selectFrom('notices')
    .select(['user_id', 'title', 'body', 'created_at', 'delivered_at', 'state'])
    .orderBy('created_at')
    .orderBy('user_id')
    .orderBy('title')
    .orderBy('body')
    .execute()
  return createHash('sha256')
    .update(JSON.stringify([tickets, steps, notices]))
    .digest('hex')
    .slice(0, 16)
}
