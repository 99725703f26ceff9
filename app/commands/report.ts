import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import {
  createReportFormatter,
  type ReportLocale,
  reportLocales,
} from '../../desk/reports/page/report-texts.ts'
import { monthOf, monthPeriod, shiftMonth } from '../../desk/reports/period.ts'
import { type MonthlyReport, reportSchema } from '../../desk/reports/report-schema.ts'
import type { RuleReferences } from '../../rules/files/load-rules.ts'
import { DirectoryInUseError } from '../../store/records/pglite/directory-lock.ts'
import type { Settings } from '../settings/schema.ts'
import { CommandError, createOutput, type Output } from '../terminal/output.ts'
import { type ApiOptions, apiClientFor, withApiOptions } from './api-options.ts'
import { loadCommandSettings } from './common.ts'

interface ReportOptions extends ApiOptions {
  month?: string
  timeZone: string
  locale: ReportLocale
  html?: string
  csv?: string
}

export function defineReport(command: Command): void {
  command
    .option('--month <month>', 'month such as 2026-06 (default: last month)', parseMonth)
    .option('--time-zone <name>', 'IANA time zone of the month', 'UTC')
    .addOption(new Option('--locale <locale>', 'language of the page').choices(reportLocales).default('en'))
    .option('--html <file>', 'write the report as an HTML page')
    .option('--csv <file>', 'write all figures as CSV')
    .action(runReport)
  withApiOptions(command, 'forewarn report --month 2026-06 --html june.html')
}

function parseMonth(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text
  throw new InvalidArgumentError('Give a month such as 2026-06.')
}

async function runReport(options: ReportOptions): Promise<void> {
  const output = createOutput(options)
  const { timeZone, locale, html, csv } = options
  const now = new Date()
  const wanted: ReportRequest = {
    month: options.month ?? shiftMonth(monthOf(now, timeZone), -1),
    timeZone,
    now,
  }
  const report = await loadReport(wanted, options, output)
  printReport(report, wanted.month, output)
  if (html !== undefined) {
    const { renderReportPage } = await import('../../desk/reports/report-page.tsx')
    await writeFile(html, renderReportPage(report, locale))
    output.note(`drawn in ${html}`)
  }
  if (csv !== undefined) {
    const { renderReportCsv } = await import('../../desk/reports/report-csv.ts')
    await writeFile(csv, renderReportCsv(report))
    output.note(`every figure is in ${csv}`)
  }
  output.result(report)
}

interface ReportRequest {
  month: string
  timeZone: string
  now: Date
}

/** Read the report from the records, or from the API when a program has them open or `--url` names one. */
async function loadReport(
  wanted: ReportRequest,
  options: ReportOptions,
  output: Output,
): Promise<MonthlyReport> {
  if (options.url !== undefined) return fetchReport(options, wanted)
  const { settings } = loadCommandSettings(options)
  try {
    const { loadVocabulary } = await import('../wiring/rule-vocabulary.ts')
    const { detectors } = await loadVocabulary(settings)
    return await readReport(settings, { ...wanted, detectors }, output)
  } catch (error) {
    if (error instanceof DirectoryInUseError) return fetchReport(options, wanted)
    throw error
  }
}

function fetchReport(options: ReportOptions, { month, timeZone }: ReportRequest): Promise<MonthlyReport> {
  const query = new URLSearchParams({ month, timeZone })
  return apiClientFor(options).get(`/api/reports/monthly?${query}`, reportSchema)
}

async function readReport(
  { dataDir, records: { databaseUrl: url } }: Settings,
  { month, timeZone, now, detectors }: ReportRequest & Pick<RuleReferences, 'detectors'>,
  output: Output,
): Promise<MonthlyReport> {
  const dir = join(dataDir, 'records')
  if (url === undefined && !existsSync(dir)) {
    throw new CommandError(`there are no records in ${dataDir}: no program ever ran on it`)
  }
  const { openRecords } = await import('../../store/records/records-store.ts')
  const { buildMonthlyReport } = await import('../../desk/reports/monthly-report.ts')
  const records = await openRecords({ url, dir, onError: (error) => output.note(String(error)) })
  try {
    const period = monthPeriod(month, timeZone)
    return await buildMonthlyReport(records.db, { ...period, timeZone, now, detectors })
  } finally {
    await records.close()
  }
}

function printReport({ kpis, tickets, timeZone }: MonthlyReport, month: string, output: Output): void {
  const speech = createReportFormatter('en', timeZone)
  const { texts, formatCount, formatShare } = speech
  output.line(
    `${month}: ${formatCount(tickets.opened)} tickets opened, ${formatCount(tickets.resolved)} resolved`,
  )
  const width = Math.max(...kpis.map(({ id }) => texts.kpis[id].name.length))
  for (const kpi of kpis) {
    const { name, of } = texts.kpis[kpi.id]
    const state = kpi.met === null ? '' : `, ${kpi.met ? texts.state.met : texts.state.missed}`
    const target = kpi.target === null ? '' : `; ${texts.target(formatShare(kpi.target))}${state}`
    output.line(
      `${name.padEnd(width)}  ${speech.formatKpi(kpi, kpi.value)} ${of(formatCount(kpi.n))}${target}`,
    )
  }
}
