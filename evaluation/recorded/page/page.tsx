import { Chart } from '../../../lib/page/chart.tsx'
import { renderPage } from '../../../lib/page/document.tsx'
import { linearScale } from '../../../lib/page/scale.ts'
import { type Column, Table } from '../../../lib/page/table.tsx'
import type { DetectionResult, PartDetection } from '../detection/detect.ts'
import { detectionCells, detectionColumns, detectionRemark } from '../detection/text-table.ts'
import type { RecordedScore } from '../score.ts'
import type { ScoredDataset } from '../score-dataset.ts'
import { shippedRulesTitle } from '../shipped-rules/score-shipped-rules.ts'
import type { DatasetSummary } from '../summary.ts'
import { formatInUnit, formatRoundPercent } from '../tables/format.ts'
import { methodTitle } from '../tables/titles.ts'
import { FanClip } from './fan-chart.tsx'
import { bestBaseline, PrognosisSection } from './prognosis-section.tsx'
import { TableScoreSection } from './table-score-section.tsx'

const style = `
.card { margin-top: var(--s5); padding: var(--s4) var(--s5) } .card h2 { margin: 0 } .card p { font-size: .85rem; max-width: 60rem }
td, th { white-space: nowrap; padding: 5px 7px } th:first-child { text-align: left } table { font-size: .84rem }
.ours-row th, .ours-row td { background: var(--accent-soft); font-weight: 600 }
.ours { color: var(--fan) } .truth { color: var(--major); stroke-width: 1.8 } .now { color: var(--line); stroke-dasharray: 2 3 }
svg .baseline { color: var(--peers); stroke-width: 1.2; stroke-dasharray: 4 3 } svg .ours { stroke-width: 2 }
.fans { display: grid; grid-template-columns: repeat(auto-fill, minmax(235px, 1fr)); gap: var(--s3); margin-top: var(--s3) }
.fans figcaption { text-align: center; color: var(--ink-2) } .clip { position: absolute; width: 0; height: 0 }
.calibration { display: grid; grid-template-columns: auto 1fr; gap: var(--s1) var(--s3); max-width: 40rem; margin: var(--s4) 0; align-items: center }
.calibration figcaption { grid-column: 2; color: var(--ink-2) } .calibration .stack { margin: 0 }
.share0, .share3 { color: var(--major); opacity: .55 } .share1, .share2 { color: var(--fan); opacity: .38; stroke: var(--sheet) }
.timelines { max-width: 760px } .life { color: var(--line) } .alarm { color: var(--fan) } .false { color: var(--critical) }
`

export interface PageContent {
  forecast: readonly (ScoredDataset & { summary: DatasetSummary })[]
  detected: RecordedScore['detection']
  lifetimes?: RecordedScore['lifetimes']
  shippedRules?: RecordedScore['shippedRules']
}

/** Return the score on recorded data as one self-contained HTML page. */
export function renderScorePage({ forecast, detected, lifetimes = [], shippedRules }: PageContent): string {
  const children = (
    <>
      <FanClip />
      <p>
        Recorded lives of real parts until they failed, forecast as they went on: each forecast knows only the
        past of its part and the lives of others, never its own end.
      </p>
      <section class="card">
        <h2>All sets</h2>
        <Table columns={overviewColumns} rows={forecast} />
        <p>
          Median error of the predicted date; share of forecasts within ±30 % of the remaining time; share of
          true dates within P10–P90.
        </p>
      </section>
      {forecast.map((each) => (
        <PrognosisSection {...each} />
      ))}
      {shippedRules === undefined ? null : (
        <TableScoreSection id="shipped-rules" title={shippedRulesTitle} score={shippedRules} />
      )}
      {detected.map((each) => (
        <DetectionSection detected={each} />
      ))}
      {lifetimes.map((each) => (
        <TableScoreSection id={each.dataset.name} title={each.dataset.title} score={each.score} />
      ))}
    </>
  )
  return renderPage({ title: 'How good are the forecasts?', style, children })
}

const overviewColumns: readonly Column<PageContent['forecast'][number]>[] = [
  { name: '', content: 'text', cell: ({ dataset }) => dataset.title },
  { name: 'forecasts', cell: ({ summary }) => String(summary.metrics.forecasts) },
  {
    name: 'median error',
    cell: ({ dataset, summary }) => formatInUnit(summary.metrics.medianAbsError, dataset.time),
  },
  {
    name: 'best simple',
    cell: ({ dataset, summary }) => {
      const best = summary.baselines.get(bestBaseline(summary) ?? '')
      return formatInUnit(best?.metrics.medianAbsError ?? null, dataset.time)
    },
  },
  { name: 'which', cell: ({ summary }) => methodTitle(bestBaseline(summary) ?? '') },
  { name: 'within ±30 %', cell: ({ summary }) => formatRoundPercent(summary.metrics.within30) },
  { name: 'in P10–P90', cell: ({ summary }) => formatRoundPercent(summary.metrics.coverage80) },
]

/** One detection dataset: the alarms of each sensor over the life of its part. */
function DetectionSection({ detected }: { detected: DetectionResult }) {
  const { dataset, parts } = detected
  return (
    <section class="card" id={dataset.name}>
      <h2>{dataset.title}</h2>
      <p>{`${detectionRemark(detected)}. Each line is a sensor over the life of its part, coloured while an alarm was active.`}</p>
      <div class="timelines">
        <Timelines parts={parts} />
        <Table<PartDetection>
          columns={detectionColumns.map((name, n) => ({
            name,
            cell: (part) => detectionCells(part, detected)[n],
          }))}
          rows={parts}
        />
      </div>
    </section>
  )
}

const timeline = { width: 760, left: 170, rowHeight: 22 }

function Timelines({ parts }: { parts: readonly PartDetection[] }) {
  const sensors = parts.flatMap((part) =>
    [...part.alarms].map(([sensor, alarms]) => ({ part, sensor, alarms })),
  )
  const { width, left, rowHeight } = timeline
  return (
    <Chart width={width} height={sensors.length * rowHeight} label="Alarms over the lives of the parts">
      {sensors.map(({ part, sensor, alarms }, index) => {
        const x = linearScale([part.begin, part.end], [left, width - 4])
        const bar = (from: number, until: number, look: string) => (
          <rect class={look} x={x(from)} width={Math.max(1.5, x(until) - x(from))} height="13" rx="2" />
        )
        return (
          <g transform={`translate(0 ${index * rowHeight + 4})`}>
            <text x={left - 8} y="11" text-anchor="end">
              {`${part.part.unit} ${sensor}`}
            </text>
            {bar(part.begin, part.end, 'life')}
            {alarms.map(({ from, until = part.end }) =>
              bar(from, until, part.part.fails ? 'alarm' : 'false'),
            )}
          </g>
        )
      })}
    </Chart>
  )
}
