import type { Selectable } from 'kysely'
import { z } from 'zod'
import type { TicketsTable } from '../../store/records/schema.ts'
import type { Column } from './columns.ts'
import type { ExportableTable } from './import-export.ts'

type Ticket = Selectable<TicketsTable>
type TicketCsvRow = Record<(typeof columnNames)[number], string>

const columnNames = [
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

const plainTextColumn: Column<string> = {
  schema: z.string(),
  write: (text) => text,
  empty: { value: '' },
  hint: '',
}

/** Tickets, by id: only exported, because findings create them. */
export const ticketsTable: ExportableTable<TicketCsvRow> = {
  columns: Object.fromEntries(
    columnNames.map((name) => [name, plainTextColumn]),
  ) as ExportableTable<TicketCsvRow>['columns'],
  async page(db, after, limit) {
    const tickets = await db
      .selectFrom('tickets')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('id', '>', after?.id ?? ''))
      .orderBy('id')
      .limit(limit)
      .execute()
    return tickets.map(toRow)
  },
}

const formatTime = (at: Date | null) => at?.toISOString() ?? ''

function toRow(row: Ticket): TicketCsvRow {
  const { number, id, component, rule, severity, sla, condition } = row
  return {
    ...{ number, id, device: row.device_id, component, epoch: String(row.epoch), rule, severity, sla },
    part: row.part ?? '',
    condition,
    operatorState: row.operator_state,
    workState: row.work_state,
    technician: row.technician_id ?? '',
    verdict: row.verdict ?? '',
    openedAt: formatTime(row.opened_at),
    respondBy: formatTime(row.respond_by),
    respondedAt: formatTime(row.responded_at),
    solveBy: formatTime(row.solve_by),
    onSiteAt: formatTime(row.on_site_at),
    resolvedAt: formatTime(row.resolved_at),
    closedAt: formatTime(row.closed_at),
    waitedMs: row.waited_ms,
    cause: row.cause ?? '',
    work: row.work ?? '',
  }
}
