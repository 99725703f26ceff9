import { Band, Chart, Line, XAxis, YAxis } from '../../lib/page/chart.tsx'
import { renderPage } from '../../lib/page/document.tsx'
import { Legend } from '../../lib/page/legend.tsx'
import { linearScale, type Plot, ticks } from '../../lib/page/scale.ts'
import { Table } from '../../lib/page/table.tsx'
import type { LifetimeReport } from './lifetime-report.ts'
import { lifetimeRows, lifetimeTitle } from './lifetime-rows.ts'

const style = `
.card { margin-top: var(--s5); padding: var(--s4) var(--s5) } .card h2 { margin: 0 } .card p { font-size: .85rem; max-width: 60rem }
.card figure { max-width: 640px; margin: var(--s4) 0 } td, th { padding: 5px 7px } th { text-align: left }
.seen { color: var(--ink); stroke-width: 1.6 } .fitted { color: var(--fan) } svg .fitted { stroke-width: 1.4; stroke-dasharray: 5 3 }
`

const [width, height] = [620, 260]
const area = { left: 44, right: width - 10, top: 10, bottom: height - 24 }

/** Return lifetime statistics as one self-contained HTML page, with a picture of each survival curve. */
export function renderLifetimePage(reports: readonly LifetimeReport[]): string {
  return renderPage({
    title: 'How long do parts last?',
    style,
    children: (
      <>
        <p>Bounds are such that the truth lies between them with a probability of 80 %.</p>
        {reports.map((report) => (
          <section class="card">
            <h2>{lifetimeTitle(report)}</h2>
            <SurvivalCurve report={report} />
            <Table<readonly [string, string]>
              columns={[
                { name: '', content: 'text', cell: ([name]) => name },
                { name: 'figure', content: 'text', cell: ([, value]) => value },
              ]}
              rows={lifetimeRows(report)}
            />
          </section>
        ))}
      </>
    ),
  })
}

/** The share that survives each age: as observed, a step curve, and as fitted, with its bounds. */
function SurvivalCurve({ report: { survival, fitted, unit } }: { report: LifetimeReport }) {
  const oldest = fitted.at(-1)?.age ?? 1
  const plot: Plot = {
    x: linearScale([0, oldest], [area.left, area.right]),
    y: linearScale([0, 1], [area.bottom, area.top]),
  }
  const steps = survival.flatMap(({ age, value }, n) => [
    [age, survival[n - 1]?.value ?? 1] as const,
    [age, value] as const,
  ])
  const last = survival.at(-1)?.value ?? 1
  return (
    <figure>
      <Chart width={width} height={height} label={`Share that survives each age, ${unit}`}>
        <YAxis plot={plot} ticks={ticks([0, 1], 5)} format={(share) => `${Math.round(100 * share)} %`} />
        <XAxis plot={plot} ticks={ticks(plot.x.domain, 6)} />
        <Band
          plot={plot}
          points={fitted.map(({ age, lower, upper }) => [age, lower, upper])}
          class="fitted"
        />
        <Line plot={plot} points={fitted.map(({ age, value }) => [age, value])} class="fitted" />
        <Line plot={plot} points={[[0, 1], ...steps, [oldest, last]]} class="seen" />
      </Chart>
      <Legend
        entries={[
          { class: 'seen', name: 'observed (Kaplan–Meier)', shape: 'line' },
          { class: 'fitted', name: 'fitted (Weibull)', shape: 'line' },
          { class: 'area fitted', name: 'its bounds' },
        ]}
      />
      <figcaption>{`Share that survives, over the age in ${unit}`}</figcaption>
    </figure>
  )
}
