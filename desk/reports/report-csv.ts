import { type CsvCell, csvLine } from '../../lib/csv.ts'
import type { MonthlyReport } from './report-schema.ts'

/** One figure of the report. */
interface ReportRow {
  section: string
  /** Subject of the figure, such as `robot_vacuum/RV-20/2.1.0/robot_vacuum.battery_worn`. */
  subject: string
  measure: string
  value: CsvCell
  n?: number | null
  low?: number | null
  high?: number | null
}

const columns = ['section', 'subject', 'measure', 'value', 'n', 'low', 'high'] as const

/**
 * Return a report as CSV with one figure per line, ready for a pivot table: RFC 4180, UTF-8, decimal point, and an
 * apostrophe before text that looks like a formula.
 */
export function renderReportCsv(report: MonthlyReport): string {
  const lines = toReportRows(report).map((row) => columns.map((column) => row[column] ?? null))
  return [columns, ...lines].map(csvLine).join('')
}

function toReportRows(report: MonthlyReport): ReportRow[] {
  const { from, until, timeZone, generatedAt } = report
  return [
    ...toRows('report', '', { from, until, timeZone, generatedAt }),
    ...kpiLines(report),
    ...ticketLines(report),
    ...faultLines(report),
    ...earlyFailureLines(report),
    ...report.demand.flatMap(({ region, part, ...counts }) =>
      toRows('demand', subject(region, part), counts),
    ),
    ...report.technicians.flatMap(({ id, ...done }) => toRows('technician', id, done)),
    ...report.rules.map(
      ({ rule, version, verdicts, precision, low, high }): ReportRow => ({
        section: 'rule',
        subject: subject(rule, version),
        measure: 'precision',
        value: precision,
        n: verdicts,
        low,
        high,
      }),
    ),
  ]
}

function toRows(section: string, about: string, values: Readonly<Record<string, CsvCell>>): ReportRow[] {
  return Object.entries(values).map(([measure, value]) => ({ section, subject: about, measure, value }))
}

const subject = (...parts: (string | null)[]): string => parts.map((part) => part ?? '?').join('/')

function kpiLines({ kpis, trend }: MonthlyReport): ReportRow[] {
  const line = (section: string, about: string, kpi: MonthlyReport['kpis'][number]): ReportRow => {
    const { id, value, n, low, high } = kpi
    return { section, subject: about, measure: id, value, n, low, high }
  }
  return [
    ...kpis.map((kpi) => line('kpi', '', kpi)),
    ...kpis.flatMap(({ id, target, met }) => (target === null ? [] : toRows('target', id, { target, met }))),
    ...trend.flatMap(({ month, kpis }) => kpis.map((kpi) => line('kpi_by_month', month, kpi))),
  ]
}

function ticketLines({ tickets }: MonthlyReport): ReportRow[] {
  const { byLevel, byDay, verdicts, ...sums } = tickets
  return [
    ...toRows('tickets', '', sums),
    ...byLevel.flatMap(({ level, ...counts }) => toRows('tickets_by_level', level, counts)),
    ...byDay.flatMap(({ day, ...counts }) => toRows('tickets_by_day', day, counts)),
    ...toRows('verdicts', '', verdicts),
  ]
}

function faultLines({ faultTypes }: MonthlyReport): ReportRow[] {
  return faultTypes.flatMap((row) => {
    const { kind, model, firmware, component, rule, faults, worn, noFaultFound } = row
    const { deviceMonths, perHundredDeviceMonths: value, low, high } = row
    const about = subject(kind, model, firmware, component, rule)
    const rate = { section: 'faults', subject: about, measure: 'per_100_device_months', value }
    return [
      ...toRows('faults', about, { faults, worn, noFaultFound, deviceMonths }),
      { ...rate, n: faults, low, high },
    ]
  })
}

function earlyFailureLines({ earlyFailures }: MonthlyReport): ReportRow[] {
  return earlyFailures.rows.flatMap((row) => {
    const { kind, model, firmware, devices, faults, deviceMonths, isNew, isWorse, ratio, low, high, p } = row
    const about = subject(kind, model, firmware)
    return [
      ...toRows('early_failures', about, { devices, faults, deviceMonths, isNew, isWorse, p }),
      {
        section: 'early_failures',
        subject: about,
        measure: 'ratio_to_others',
        value: ratio,
        n: faults,
        low,
        high,
      },
    ]
  })
}
