import type { ComponentChildren } from 'preact'
import { StackedBar } from '../../../lib/page/chart.tsx'
import { Legend } from '../../../lib/page/legend.tsx'
import { type Column, Table, type TableProps } from '../../../lib/page/table.tsx'
import type { MonthlyReport } from '../report-schema.ts'
import { DayBars, IntervalBar, RatioPlot } from './charts.tsx'
import type { ReportFormatter } from './report-texts.ts'

type Row<Name extends 'faultTypes' | 'demand' | 'technicians' | 'rules'> = MonthlyReport[Name][number]

/** Rows shown of each table; the CSV has all. */
const maxRows = 25

export interface SectionProps {
  report: MonthlyReport
  format: ReportFormatter
}

interface TableSectionProps<Row> extends TableProps<Row> {
  title: string
  note?: string
  format: ReportFormatter
}

function TableSection<Row>({ title, note, format, ...table }: TableSectionProps<Row>) {
  return (
    <>
      <h2>{title}</h2>
      {note === undefined ? null : <p>{note}</p>}
      {table.rows.length === 0 ? <p>{format.texts.nothing}</p> : <ReportTable {...table} format={format} />}
    </>
  )
}

const ReportTable = <Row,>({ format, ...table }: TableProps<Row> & { format: ReportFormatter }) => (
  <Table {...table} limit={maxRows} more={(hidden) => format.texts.more(format.formatCount(hidden))} />
)

/** Return a column of texts; `–` where one is null. */
const textColumn = <Row,>(name: string, of: (row: Row) => string | null): Column<Row> => ({
  name,
  content: 'text',
  cell: (row) => of(row) ?? '–',
})

const drawingColumn = <Row,>(cell: (row: Row) => ComponentChildren): Column<Row> => ({
  name: '',
  content: 'drawing',
  cell,
})

interface LevelRow extends Record<'opened' | 'resolved' | 'openAtEnd', number> {
  name: string
}

export function TicketSection({ report: { tickets }, format }: SectionProps) {
  const { texts, formatCount } = format
  const { title, opened, resolved, openAtEnd, level, total } = texts.tickets
  const sum: LevelRow = { ...tickets, name: total }
  return (
    <>
      <h2>{title}</h2>
      <div class="card">
        <Legend
          entries={[
            { class: 'opened', name: opened },
            { class: 'resolved', name: resolved },
          ]}
        />
        <DayBars days={tickets.byDay} label={title} />
      </div>
      <div class="pair">
        <div>
          <ReportTable<LevelRow>
            columns={[
              textColumn(level, ({ name }) => name),
              { name: opened, cell: (row) => formatCount(row.opened) },
              { name: resolved, cell: (row) => formatCount(row.resolved) },
              { name: openAtEnd, cell: (row) => formatCount(row.openAtEnd) },
            ]}
            rows={[...tickets.byLevel.map((row) => ({ ...row, name: texts.levels[row.level] })), sum]}
            rowClass={(row) => (row === sum ? 'total' : undefined)}
            format={format}
          />
        </div>
        <VerdictCard verdicts={tickets.verdicts} format={format} />
      </div>
    </>
  )
}

interface VerdictCardProps {
  verdicts: MonthlyReport['tickets']['verdicts']
  format: ReportFormatter
}

function VerdictCard({ verdicts, format: { texts, formatCount } }: VerdictCardProps) {
  const { title } = texts.verdicts
  const total = Object.values(verdicts).reduce((sum, count) => sum + count, 0)
  const slices = (['worn', 'not_worn', 'sensor_fault', 'other', 'none'] as const).map((verdict) => ({
    class: verdict,
    name: `${texts.verdicts[verdict]} ${formatCount(verdicts[verdict])}`,
    share: verdicts[verdict] / (total || 1),
  }))
  return (
    <div class="card">
      <strong>{title}</strong>
      <StackedBar slices={slices} label={title} />
      <Legend entries={slices} />
    </div>
  )
}

export function FaultSection({ report: { faultTypes }, format }: SectionProps) {
  const { formatCount, formatNumber } = format
  const { title, note, ...names } = format.texts.faults
  const most = Math.max(0, ...faultTypes.map(({ high }) => high ?? 0))
  // The wide interval of one rare fault must not shrink all the other bars.
  const usual = Math.min(most, 4 * Math.max(0, ...faultTypes.map((row) => row.perHundredDeviceMonths ?? 0)))
  return (
    <TableSection<Row<'faultTypes'>>
      title={title}
      note={note}
      columns={[
        textColumn(names.what, ({ rule }) => rule),
        textColumn(names.model, ({ model }) => model),
        textColumn(names.firmware, ({ firmware }) => firmware),
        { name: names.faults, cell: ({ faults }) => formatCount(faults) },
        { name: names.worn, cell: ({ worn }) => formatCount(worn) },
        { name: names.noFaultFound, cell: ({ noFaultFound }) => formatCount(noFaultFound) },
        { name: names.rate, cell: ({ perHundredDeviceMonths }) => formatNumber(perHundredDeviceMonths) },
        drawingColumn(({ perHundredDeviceMonths, low, high }) => (
          <IntervalBar value={perHundredDeviceMonths} low={low} high={high} most={usual} />
        )),
      ]}
      rows={faultTypes}
      format={format}
    />
  )
}

export function EarlyFailureSection({ report: { earlyFailures }, format }: SectionProps) {
  const { formatCount, formatNumber } = format
  const { title, note, ...names } = format.texts.earlyFailures
  return (
    <TableSection<MonthlyReport['earlyFailures']['rows'][number]>
      title={title}
      note={note}
      columns={[
        {
          name: names.model,
          content: 'text',
          cell: ({ model, isNew, isWorse }) => (
            <>
              {model ?? '–'}
              {isNew ? <span class="tag new">{names.isNew}</span> : null}
              {isWorse ? <span class="tag bad">{names.worse}</span> : null}
            </>
          ),
        },
        textColumn(names.firmware, ({ firmware }) => firmware ?? names.all),
        { name: names.devices, cell: ({ devices }) => formatCount(devices) },
        { name: names.faults, cell: ({ faults }) => formatCount(faults) },
        { name: names.ratio, cell: ({ ratio }) => formatNumber(ratio) },
        drawingColumn(({ ratio, low, high }) => <RatioPlot value={ratio} low={low} high={high} />),
      ]}
      rows={earlyFailures.rows}
      rowClass={({ isWorse }) => (isWorse ? 'worse' : undefined)}
      format={format}
    />
  )
}

export function DemandSection({ report: { demand }, format }: SectionProps) {
  const { formatCount } = format
  const names = format.texts.demand
  const most = Math.max(0, ...demand.map(({ needed }) => needed))
  return (
    <TableSection<Row<'demand'>>
      title={names.title}
      columns={[
        textColumn(names.region, ({ region }) => region ?? names.nowhere),
        textColumn(names.part, ({ part }) => part),
        { name: names.needed, cell: ({ needed }) => formatCount(needed) },
        drawingColumn(({ needed }) => <IntervalBar value={needed} low={null} high={null} most={most} />),
        { name: names.used, cell: ({ used }) => formatCount(used) },
        { name: names.waiting, cell: ({ waiting }) => formatCount(waiting) },
      ]}
      rows={demand}
      format={format}
    />
  )
}

export function TechnicianSection({ report: { technicians }, format }: SectionProps) {
  const { formatCount, formatShare, formatNumber } = format
  const names = format.texts.technicians
  return (
    <TableSection<Row<'technicians'>>
      title={names.title}
      columns={[
        textColumn(names.name, ({ name }) => name),
        { name: names.visits, cell: ({ visits }) => formatCount(visits) },
        { name: names.resolved, cell: ({ resolved }) => formatCount(resolved) },
        { name: names.firstTimeFix, cell: ({ firstTimeFix }) => formatShare(firstTimeFix) },
        { name: names.onTime, cell: ({ onTime }) => formatShare(onTime) },
        {
          name: names.rating,
          cell: ({ rating, ratings }) =>
            rating === null ? '–' : `${formatNumber(rating)} (${formatCount(ratings)})`,
        },
      ]}
      rows={technicians}
      format={format}
    />
  )
}

export function RuleSection({ report: { rules }, format }: SectionProps) {
  const { formatCount, formatShare } = format
  const { title, note, ...names } = format.texts.rules
  return (
    <TableSection<Row<'rules'>>
      title={title}
      note={note}
      columns={[
        {
          name: names.rule,
          content: 'text',
          cell: ({ rule, flagged }) => (
            <>
              {rule}
              {flagged ? <span class="tag bad">{names.flagged}</span> : null}
            </>
          ),
        },
        textColumn(names.version, ({ version }) => version),
        { name: names.verdicts, cell: ({ verdicts }) => formatCount(verdicts) },
        { name: names.precision, cell: ({ precision }) => formatShare(precision) },
        drawingColumn(({ precision, low, high }) => (
          <IntervalBar value={precision} low={low} high={high} most={1} />
        )),
      ]}
      rows={rules}
      format={format}
    />
  )
}
