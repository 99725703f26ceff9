import { renderPage } from '../../../lib/page/document.tsx'
import { type Column, Table } from '../../../lib/page/table.tsx'
import type { BacktestReport, RuleResult, RuleVersionResult } from '../report.ts'
import { formatCount, formatDay, formatPercent } from '../report-text.ts'
import { PartChart } from './part-chart.tsx'
import type { PartChart as PartChartData } from './part-charts.ts'
import { TicketTable } from './ticket-table.tsx'

const style = `
.candidate { color: var(--major) } .live { color: var(--accent) } .metric { color: var(--peers) }
.gained, .earlier { color: var(--good) } .lost, .later { color: var(--critical) } td, th { white-space: nowrap }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(22rem, 1fr)); gap: var(--s3); margin-top: var(--s2) }
.charts figure { margin: 0 } svg .limit { stroke-dasharray: 5 4 } svg .interval line { stroke-width: 4; opacity: .45 }
svg .mark line { opacity: .35 } svg .mark.cleared polygon { fill: var(--sheet); stroke: currentColor }
svg .failure { color: var(--critical); stroke-width: 1.5; stroke-dasharray: 2 3 }
`

/** Return a backtest report as one self-contained HTML page. */
export function renderBacktestPage(report: BacktestReport, charts: readonly PartChartData[]): string {
  const { from, to, devices, deviceYears, readings, elapsedMs, readingsPerSecond, rules, tickets } = report
  const [first] = rules
  const title = `Backtest of ${first && rules.length === 1 ? first.rule : `${rules.length} rules`}`
  const children = (
    <>
      <p>
        {`${formatDay(from)} to ${formatDay(to)}, ${formatCount(devices)} devices, ${deviceYears.toFixed(1)} device-years. ` +
          `${formatCount(readings)} readings in ${(elapsedMs / 1_000).toFixed(1)} s (${formatCount(readingsPerSecond)}/s).`}
      </p>
      <h2>Rules</h2>
      <Table columns={columnsOf(rules)} rows={rules.flatMap(rowsOf)} />
      <h2>Tickets</h2>
      <TicketTable tickets={tickets} />
      <h2>Parts</h2>
      <ChartLegend charts={charts} />
      <div class="charts">
        {charts.map((part) => (
          <Figure part={part} />
        ))}
      </div>
    </>
  )
  return renderPage({ title, style, children })
}

interface RuleRow {
  rule: string
  role: 'candidate' | 'live'
  result: RuleVersionResult
}

function rowsOf({ rule, candidate, live }: RuleResult): RuleRow[] {
  const row: RuleRow = { rule, role: 'candidate', result: candidate }
  return live ? [row, { rule: '', role: 'live', result: live }] : [row]
}

const formatLead = (days: number | null | undefined) => (days == null ? '–' : `${days.toFixed(0)} d`)

const columns: readonly Column<RuleRow>[] = [
  { name: 'rule', content: 'text', cell: ({ rule }) => rule },
  { name: '', content: 'text', cell: ({ role }) => <span class={role}>{role}</span> },
  { name: 'version', cell: ({ result }) => result.version },
  { name: 'raised', cell: ({ result }) => formatCount(result.raised) },
  { name: 'cleared', cell: ({ result }) => formatCount(result.cleared) },
  { name: 'alarms per device-year', cell: ({ result }) => result.alarmsPerDeviceYear?.toFixed(2) ?? '–' },
]

const truthColumns: readonly Column<RuleRow>[] = [
  { name: 'precision', cell: ({ result: { truth } }) => formatPercent(truth?.precision ?? null) },
  { name: 'recall', cell: ({ result: { truth } }) => formatPercent(truth?.recall ?? null) },
  { name: 'median lead', cell: ({ result: { truth } }) => formatLead(truth?.medianLeadDays) },
]

const verdictColumns: readonly Column<RuleRow>[] = [
  {
    name: 'worn alarmed',
    cell: ({ result: { verdicts } }) => verdicts && `${verdicts.wornAlarmed} of ${verdicts.worn}`,
  },
  {
    name: 'healthy alarmed',
    cell: ({ result: { verdicts } }) => verdicts && `${verdicts.healthyAlarmed} of ${verdicts.healthy}`,
  },
]

function columnsOf(rules: readonly RuleResult[]): Column<RuleRow>[] {
  return [
    ...columns,
    ...(rules.some(({ candidate }) => candidate.truth) ? truthColumns : []),
    ...(rules.some(({ candidate }) => candidate.verdicts) ? verdictColumns : []),
  ]
}

function ChartLegend({ charts }: { charts: readonly PartChartData[] }) {
  if (charts.length === 0) return <p>No ticket would have been opened.</p>
  return (
    <div class="legend">
      <span class="candidate">▼ candidate raises, △ clears</span>
      <span class="live">▼ live raises, △ clears</span>
      <span>dashed: limit; bar on it: predicted crossing, P10 to P90 with the median</span>
      {charts.some(({ failures }) => failures.length > 0) ? (
        <span>dotted: truly beyond its limit</span>
      ) : null}
    </div>
  )
}

function Figure({ part }: { part: PartChartData }) {
  const { device, component, epoch, rule, change, metric, unit } = part
  const measured = metric === undefined ? '' : ` · ${metric}${unit === '' ? '' : ` (${unit})`}`
  const lifetime = epoch === 0 ? '' : `, epoch ${epoch}`
  return (
    <figure class="card">
      <figcaption>
        <strong class={change}>{change}</strong> {`${device} ${component}${lifetime} · ${rule}${measured}`}
      </figcaption>
      <PartChart part={part} />
    </figure>
  )
}
