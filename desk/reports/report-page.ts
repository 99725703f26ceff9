import { escapeHtml } from '../../lib/escape-html.ts'
import { kpiTiles } from './page/kpi-tiles.ts'
import { createReportFormatter, type ReportLocale } from './page/report-texts.ts'
import {
  demandSection,
  faultSection,
  firstMonthSection,
  ruleSection,
  technicianSection,
  ticketSection,
} from './page/sections.ts'
import { stylesheet } from './page/stylesheet.ts'
import { monthOf, monthPeriod } from './period.ts'
import type { MonthlyReport } from './report-schema.ts'

/** A report as one HTML page that stands for itself, on a screen and on paper. */
export function renderReportPage(report: MonthlyReport, locale: ReportLocale): string {
  const speech = createReportFormatter(locale, report.timeZone)
  const title = speech.texts.title(formatPeriod(report, locale))
  const sections = [
    kpiTiles,
    ticketSection,
    faultSection,
    firstMonthSection,
    demandSection,
    technicianSection,
    ruleSection,
  ]
  return `<!doctype html>
<html lang="${locale}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${stylesheet}</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(speech.texts.made(speech.formatDay(report.madeAt), report.timeZone))}</p>
${sections.map((section) => section(report, speech)).join('\n')}
</html>
`
}

/** `June 2026` for a whole month, else its first and its last day. */
function formatPeriod({ from, until, timeZone }: MonthlyReport, locale: ReportLocale): string {
  const [begin, last] = [new Date(from), new Date(Date.parse(until) - 1)]
  const month = monthPeriod(monthOf(begin, timeZone), timeZone)
  const isMonth = month.from.getTime() === begin.getTime() && month.until.getTime() === Date.parse(until)
  const format = isMonth
    ? new Intl.DateTimeFormat(locale, { timeZone, year: 'numeric', month: 'long' })
    : new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium' })
  return isMonth ? format.format(begin) : format.formatRange(begin, last)
}
