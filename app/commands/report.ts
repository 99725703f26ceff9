import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { monthlyReport } from '../../desk/reports/monthly-report.ts'
import { type ReportLocale, reportLocales, speechIn } from '../../desk/reports/page/words.ts'
import { monthAt, monthIn, monthsLater } from '../../desk/reports/period.ts'
import { reportCsv } from '../../desk/reports/report-csv.ts'
import { reportPage } from '../../desk/reports/report-html.ts'
import { type MonthlyReport, reportSchema } from '../../desk/reports/report-schema.ts'
import { DirectoryInUseError } from '../../store/records/pglite/directory-lock.ts'
import type { Settings } from '../settings/schema.ts'
import { CommandError, createOutput, type Output } from '../terminal/output.ts'
import { settingsFor } from './common.ts'
import { type ProgramOptions, programFor, withProgramOptions } from './program-options.ts'

interface ReportOptions extends ProgramOptions {
  month?: string
  timeZone: string
  locale: ReportLocale
  html?: string
  csv?: string
}

export function addReport(program: Command): void {
  const command = program
    .command('report')
    .description('how the service went in a month: KPIs, faults, parts, technicians')
    .option('--month <month>', 'e.g. 2026-06 (default: the last one that is over)', month)
    .option('--time-zone <name>', 'when the month and its days begin', 'UTC')
    .addOption(new Option('--locale <locale>', 'language of the page').choices(reportLocales).default('en'))
    .option('--html <file>', 'write it as a page, to be read or printed')
    .option('--csv <file>', 'write every figure for a spreadsheet')
    .action(runReport)
  withProgramOptions(command, 'forewarn report --month 2026-06 --html june.html')
}

function month(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text
  throw new InvalidArgumentError('Give a month such as 2026-06.')
}

async function runReport(options: ReportOptions): Promise<void> {
  const output = createOutput(options.json)
  const { timeZone, locale, html, csv } = options
  const now = new Date()
  const wanted: Wanted = { month: options.month ?? monthsLater(monthAt(now, timeZone), -1), timeZone, now }
  const report = await reportFor(wanted, options, output)
  tell(report, wanted.month, output)
  if (html !== undefined) {
    await writeFile(html, reportPage(report, locale))
    output.note(`drawn in ${html}`)
  }
  if (csv !== undefined) {
    await writeFile(csv, reportCsv(report))
    output.note(`every figure is in ${csv}`)
  }
  output.result(report)
}

interface Wanted {
  month: string
  timeZone: string
  now: Date
}

/** Out of the records; where a program has them open, or one is named, it is asked. */
async function reportFor(wanted: Wanted, options: ReportOptions, output: Output): Promise<MonthlyReport> {
  if (options.url !== undefined) return askedOf(options, wanted)
  const { settings } = settingsFor(options)
  try {
    return await readFrom(settings, wanted, output)
  } catch (error) {
    if (error instanceof DirectoryInUseError) return askedOf(options, wanted)
    throw error
  }
}

function askedOf(options: ReportOptions, { month, timeZone }: Wanted): Promise<MonthlyReport> {
  const query = new URLSearchParams({ month, timeZone })
  return programFor(options).get(`/api/reports/monthly?${query}`, reportSchema)
}

async function readFrom(
  { dataDir, records: { databaseUrl: url } }: Settings,
  { month, timeZone, now }: Wanted,
  output: Output,
): Promise<MonthlyReport> {
  const dir = join(dataDir, 'records')
  if (url === undefined && !existsSync(dir)) {
    throw new CommandError(`there are no records in ${dataDir}: no program ever ran on it`)
  }
  const { openRecords } = await import('../../store/records/open.ts')
  const records = await openRecords({ url, dir, onError: (error) => output.note(String(error)) })
  try {
    return await monthlyReport(records.db, { ...monthIn(month, timeZone), timeZone, now })
  } finally {
    await records.close()
  }
}

function tell({ kpis, tickets, timeZone }: MonthlyReport, month: string, output: Output): void {
  const speech = speechIn('en', timeZone)
  const { words, count, share } = speech
  output.line(`${month}: ${count(tickets.opened)} tickets opened, ${count(tickets.resolved)} resolved`)
  const width = Math.max(...kpis.map(({ id }) => words.kpis[id].name.length))
  for (const kpi of kpis) {
    const { name, of } = words.kpis[kpi.id]
    const state = kpi.met === null ? '' : `, ${kpi.met ? words.state.met : words.state.missed}`
    const target = kpi.target === null ? '' : `; ${words.target(share(kpi.target))}${state}`
    output.line(`${name.padEnd(width)}  ${speech.kpi(kpi, kpi.value)} ${of(count(kpi.n))}${target}`)
  }
}
