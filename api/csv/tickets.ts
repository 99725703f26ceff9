import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { TicketsTable } from '../../store/records/schema.ts'
import type { Column } from './columns.ts'
import type { ExportedTable } from './records-table.ts'

type Ticket = Selectable<TicketsTable>
type Exported = Record<(typeof names)[number], string>

const names = [
  'number',
  'id',
  'device',
  'component',
  'epoch',
  'rule',
  'severity',
  'sla',
  'part',
  'condition',
  'operatorState',
  'workState',
  'technician',
  'verdict',
  'openedAt',
  'respondBy',
  'respondedAt',
  'solveBy',
  'onSiteAt',
  'resolvedAt',
  'closedAt',
  'waitedMs',
  'cause',
  'work',
] as const

const asItIs: Column<string> = { schema: z.string(), write: (text) => text, empty: { value: '' }, hint: '' }

/** Tickets, by id: they leave only, for they come of findings. */
export const ticketsTable: ExportedTable<Exported> = {
  columns: Object.fromEntries(names.map((name) => [name, asItIs])) as ExportedTable<Exported>['columns'],
  async page(db, after, limit) {
    const tickets = await db
      .selectFrom('tickets')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('id', '>', after?.id ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute()
    return tickets.map(exported)
  },
}

const time = (at: Date | null) => at?.toISOString() ?? ''

function exported(row: Ticket): Exported {
  const { number, id, component, rule, severity, sla, condition } = row
  return {
    ...{ number, id, device: row.device_id, component, epoch: String(row.epoch), rule, severity, sla },
    part: row.part ?? '',
    condition,
    operatorState: row.operator_state,
    workState: row.work_state,
    technician: row.technician_id ?? '',
    verdict: row.verdict ?? '',
    openedAt: time(row.opened_at),
    respondBy: time(row.respond_by),
    respondedAt: time(row.responded_at),
    solveBy: time(row.solve_by),
    onSiteAt: time(row.on_site_at),
    resolvedAt: time(row.resolved_at),
    closedAt: time(row.closed_at),
    waitedMs: row.waited_ms,
    cause: row.cause ?? '',
    work: row.work ?? '',
  }
}
