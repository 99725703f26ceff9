import { escapeHtml } from '../../../lib/escape-html.ts'
import type { BacktestReport, RuleResult, RuleVersionResult } from '../report.ts'
import { formatCount, formatDay, formatPercent } from '../report-text.ts'
import { renderPartChart } from './chart.ts'
import type { PartChart } from './part-charts.ts'
import { renderTicketTable } from './ticket-table.ts'

/** Everything the page looks like: it asks nobody else for anything. */
const style = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5d6b7a; --line: #d9dfe6; --paper: #fff; --back: #f4f6f8;
  --candidate: #c2410c; --live: #1d63c4; --band: #94a3b8; --failure: #b91c1c; --gain: #15803d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --soft: #9aa8b6; --line: #35404c; --paper: #1a2129;
  --back: #11161c; --candidate: #fb923c; --live: #60a5fa; --band: #64748b; --failure: #f87171; --gain: #4ade80; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--back); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } p { margin: .25rem 0; color: var(--soft) }
table { border-collapse: collapse; width: 100%; background: var(--paper); border: 1px solid var(--line) }
th, td { padding: .35rem .6rem; text-align: right; border-top: 1px solid var(--line); white-space: nowrap }
th { color: var(--soft); font-weight: 600 } th:first-child, td:first-child, td.text, th.text { text-align: left }
.scroll { overflow-x: auto } .candidate { color: var(--candidate) } .live { color: var(--live) }
.gained, .earlier { color: var(--gain) } .lost, .later { color: var(--failure) }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: 1rem }
figure { margin: 0; padding: .75rem; background: var(--paper); border: 1px solid var(--line); border-radius: 6px }
figcaption { font-size: .85rem; overflow-wrap: anywhere } svg { display: block; width: 100% }
svg text { font: 10px system-ui, sans-serif; fill: var(--soft) } svg .grid { stroke: var(--line) }
svg .band { fill: var(--band); opacity: .35 } svg .mean { fill: none; stroke: var(--band); stroke-width: 1.2 }
svg .candidate { stroke: var(--candidate); fill: var(--candidate) } svg .live { stroke: var(--live); fill: var(--live) }
svg .limit { stroke-dasharray: 5 4; stroke-width: 1 } svg .interval line { stroke-width: 4; opacity: .45 }
svg .mark line { stroke-width: 1; opacity: .35 } svg .mark.cleared polygon { fill: none }
svg .failure { stroke: var(--failure); stroke-width: 1.5 } svg .failure line { stroke-dasharray: 2 3 }
.key span { margin-right: 1rem }
`

/** A report as one HTML page that stands for itself. */
export function renderBacktestPage(report: BacktestReport, charts: readonly PartChart[]): string {
  const { from, to, devices, deviceYears, readings, elapsedMs, readingsPerSecond, rules, tickets } = report
  const [first] = rules
  const title = `Backtest of ${first && rules.length === 1 ? first.rule : `${rules.length} rules`}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<h1>${escapeHtml(title)}</h1>
<p>${formatDay(from)} to ${formatDay(to)}, ${formatCount(devices)} devices, ${deviceYears.toFixed(1)} device-years.
${formatCount(readings)} readings in ${(elapsedMs / 1_000).toFixed(1)} s (${formatCount(readingsPerSecond)}/s).</p>
<h2>Rules</h2>
<div class="scroll"><table>${ruleHead(rules)}${rules.map(ruleRows).join('')}</table></div>
<h2>Tickets</h2>
${renderTicketTable(tickets)}
<h2>Parts</h2>
${chartLegend(charts)}
<div class="charts">${charts.map(figure).join('')}</div>
</html>
`
}

const columns = ['version', 'raised', 'cleared', 'alarms a device-year']
const truthColumns = ['precision', 'recall', 'median lead']
const verdictColumns = ['worn alarmed', 'sound alarmed']

const hasTruth = (rules: readonly RuleResult[]): boolean => rules.some(({ candidate }) => candidate.truth)
const hasVerdicts = (rules: readonly RuleResult[]): boolean =>
  rules.some(({ candidate }) => candidate.verdicts)

function ruleHead(rules: readonly RuleResult[]): string {
  const names = [
    ...columns,
    ...(hasTruth(rules) ? truthColumns : []),
    ...(hasVerdicts(rules) ? verdictColumns : []),
  ]
  return `<tr><th class="text">rule</th><th class="text"></th>${names.map((name) => `<th>${name}</th>`).join('')}</tr>`
}

function ruleRows({ rule, candidate, live }: RuleResult): string {
  const rows = [versionRow(escapeHtml(rule), 'candidate', candidate)]
  if (live) rows.push(versionRow('', 'live', live))
  return rows.join('')
}

function versionRow(name: string, side: string, outcome: RuleVersionResult): string {
  const { version, raised, cleared, alarmsPerDeviceYear, truth, verdicts } = outcome
  const cells = [version, formatCount(raised), formatCount(cleared), alarmsPerDeviceYear?.toFixed(2) ?? '–']
  if (truth) {
    const { precision, recall, medianLeadDays } = truth
    cells.push(
      formatPercent(precision),
      formatPercent(recall),
      medianLeadDays === null ? '–' : `${medianLeadDays.toFixed(0)} d`,
    )
  }
  if (verdicts) {
    const { worn, wornAlarmed, healthy: sound, healthyAlarmed: soundAlarmed } = verdicts
    cells.push(`${wornAlarmed} of ${worn}`, `${soundAlarmed} of ${sound}`)
  }
  const values = cells.map((cell) => `<td>${cell}</td>`).join('')
  return `<tr><td>${name}</td><td class="text ${side}">${side}</td>${values}</tr>`
}

function chartLegend(charts: readonly PartChart[]): string {
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
  const text = escapeHtml(`${device} ${component}${life} · ${rule}${measured}`)
  return `<figure><figcaption><strong class="${change}">${change}</strong> ${text}</figcaption>${renderPartChart(part)}</figure>`
}
