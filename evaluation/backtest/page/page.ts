import { escaped } from '../../../lib/escaped.ts'
import type { BacktestReport, RuleOutcome, VersionOutcome } from '../report.ts'
import { count, day, share } from '../text.ts'
import { chart } from './chart.ts'
import type { PartChart } from './part-charts.ts'
import { style } from './style.ts'
import { ticketTable } from './ticket-table.ts'

/** A report as one HTML page that stands for itself. */
export function backtestPage(report: BacktestReport, charts: readonly PartChart[]): string {
  const { from, to, devices, deviceYears, readings, elapsedMs, readingsPerSecond, rules, tickets } = report
  const [first] = rules
  const title = `Backtest of ${first && rules.length === 1 ? first.rule : `${rules.length} rules`}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
<p>${day(from)} to ${day(to)}, ${count(devices)} devices, ${deviceYears.toFixed(1)} device-years.
${count(readings)} readings in ${(elapsedMs / 1_000).toFixed(1)} s (${count(readingsPerSecond)}/s).</p>
<h2>Rules</h2>
<div class="scroll"><table>${ruleHead(rules)}${rules.map(ruleRows).join('')}</table></div>
<h2>Tickets</h2>
${ticketTable(tickets)}
<h2>Parts</h2>
${key(charts)}
<div class="charts">${charts.map(figure).join('')}</div>
</html>
`
}

const columns = ['version', 'raised', 'cleared', 'alarms a device-year']
const truthColumns = ['precision', 'recall', 'median lead']
const verdictColumns = ['worn alarmed', 'sound alarmed']

const hasTruth = (rules: readonly RuleOutcome[]): boolean => rules.some(({ candidate }) => candidate.truth)
const hasVerdicts = (rules: readonly RuleOutcome[]): boolean =>
  rules.some(({ candidate }) => candidate.verdicts)

function ruleHead(rules: readonly RuleOutcome[]): string {
  const names = [
    ...columns,
    ...(hasTruth(rules) ? truthColumns : []),
    ...(hasVerdicts(rules) ? verdictColumns : []),
  ]
  return `<tr><th class="text">rule</th><th class="text"></th>${names.map((name) => `<th>${name}</th>`).join('')}</tr>`
}

function ruleRows({ rule, candidate, live }: RuleOutcome): string {
  const rows = [row(escaped(rule), 'candidate', candidate)]
  if (live) rows.push(row('', 'live', live))
  return rows.join('')
}

function row(name: string, side: string, outcome: VersionOutcome): string {
  const { version, raised, cleared, alarmsPerDeviceYear, truth, verdicts } = outcome
  const cells = [version, count(raised), count(cleared), alarmsPerDeviceYear?.toFixed(2) ?? '–']
  if (truth) {
    const { precision, recall, medianLeadDays } = truth
    cells.push(
      share(precision),
      share(recall),
      medianLeadDays === null ? '–' : `${medianLeadDays.toFixed(0)} d`,
    )
  }
  if (verdicts) {
    const { worn, wornAlarmed, sound, soundAlarmed } = verdicts
    cells.push(`${wornAlarmed} of ${worn}`, `${soundAlarmed} of ${sound}`)
  }
  const values = cells.map((cell) => `<td>${cell}</td>`).join('')
  return `<tr><td>${name}</td><td class="text ${side}">${side}</td>${values}</tr>`
}

function key(charts: readonly PartChart[]): string {
  if (charts.length === 0) return '<p>No ticket would have been opened.</p>'
  return (
    '<p class="key"><span class="candidate">▼ candidate raises, △ clears</span>' +
    '<span class="live">▼ live raises, △ clears</span>' +
    '<span>dashed: limit; bar on it: predicted crossing, P10 to P90 with its middle</span></p>'
  )
}

function figure(part: PartChart): string {
  const { device, component, epoch, rule, change, metric, unit } = part
  const measured = metric === undefined ? '' : ` · ${metric}${unit === '' ? '' : ` (${unit})`}`
  const life = epoch === 0 ? '' : `, life ${epoch}`
  const text = escaped(`${device} ${component}${life} · ${rule}${measured}`)
  return `<figure><figcaption><strong class="${change}">${change}</strong> ${text}</figcaption>${chart(part)}</figure>`
}
