import { renderPage } from '../../lib/page/document.tsx'
import { KpiTiles } from './page/kpi-tiles.tsx'
import { createReportFormatter, type ReportLocale } from './page/report-texts.ts'
import {
  DemandSection,
  EarlyFailureSection,
  FaultSection,
  RuleSection,
  TechnicianSection,
  TicketSection,
} from './page/sections.tsx'
import { stylesheet } from './page/stylesheet.ts'
import { monthOf, monthPeriod } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

/** Return a report as one self-contained HTML page, for the screen and for paper. */
export function renderReportPage(report: MonthlyReport, locale: ReportLocale): string {
  const format = createReportFormatter(locale, report.timeZone)
  const section = { report, format }
  const children = (
    <>
      <p>{format.texts.generated(format.formatDay(report.generatedAt), report.timeZone)}</p>
      <KpiTiles {...section} />
      <TicketSection {...section} />
      <FaultSection {...section} />
      <EarlyFailureSection {...section} />
      <DemandSection {...section} />
      <TechnicianSection {...section} />
      <RuleSection {...section} />
    </>
  )
  const title = format.texts.title(formatPeriod(report, locale))
  return renderPage({ title, lang: locale, style: stylesheet, children })
}

/** Return `June 2026` for a whole month, else the first and the last day. */
function formatPeriod({ from, until, timeZone }: MonthlyReport, locale: ReportLocale): string {
  const [begin, last] = [new Date(from), new Date(Date.parse(until) - 1)]
  const month = monthPeriod(monthOf(begin, timeZone), timeZone)
  const isMonth = month.from.getTime() === begin.getTime() && month.until.getTime() === Date.parse(until)
  const format = isMonth
    ? new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'long' })
    : new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium' })
  return isMonth ? format.format(begin) : format.formatRange(begin, last)
}
