import { escapeHtml } from '../../../lib/escape-html.ts'
import type { DetectionResult, PartDetection } from '../detection/detect.ts'
import { detectionCells, detectionColumns, detectionRemark } from '../detection/text-table.ts'
import type { RecordedScore, ScoredDataset } from '../score.ts'
import type { DatasetSummary } from '../summary.ts'
import { formatInUnit, formatRoundPercent, methodTitle } from '../text-table.ts'
import { roundedScale } from './axes.ts'
import { plotClip } from './fan-chart.ts'
import { renderTable } from './html.ts'
import { bestBaseline, prognosisSection } from './prognosis-section.ts'

/** The page's look, light and dark; nothing is fetched. */
const style = `
:root { color-scheme: light dark; --bg: #fbfaf8; --card: #fff; --ink: #1d2129; --soft: #666d7a; --line: #e2e0da;
  --ours: #0b6e74; --band: #0b6e7433; --truth: #c2410c; --beside: #8a8f98; --mark: #e9f4f4; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171c; --card: #1c2027; --ink: #e8e6e1; --soft: #9aa2af;
  --line: #2d333d; --ours: #4fc3c9; --band: #4fc3c938; --truth: #fb923c; --beside: #78808c; --mark: #1d3236; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1160px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem } h2 { font-size: 1.25rem; margin: 0 0 .2rem }
p { max-width: 46rem; margin: .3rem 0 1rem } .soft, figcaption { color: var(--soft); font-size: .85rem }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; margin-top: 1.5rem }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .84rem }
th, td { padding: .35rem .45rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line) }
th:first-child { text-align: left } thead th { color: var(--soft); font-weight: 500 } tbody th { font-weight: 400 }
tr.ours th, tr.ours td { background: var(--mark); font-weight: 600 }
.fans { display: grid; grid-template-columns: repeat(auto-fill, minmax(235px, 1fr)); gap: .75rem; margin-top: .75rem }
figure { margin: 0 } figcaption { text-align: center } svg { display: block; width: 100%; height: auto; overflow: visible }
svg text { font: 10px system-ui, sans-serif; fill: var(--soft) }
.calibration { max-width: 600px; margin: 1.25rem 0 } .calibration svg text { font-size: 12px } .calibration figcaption { text-align: left }
.grid { stroke: var(--line); fill: none } .now { stroke: var(--line); stroke-dasharray: 2 3; fill: none }
.band { fill: var(--band) } .ours-line { stroke: var(--ours); stroke-width: 2; fill: none; stroke-linejoin: round } .dot { fill: var(--ours) }
.beside { stroke: var(--beside); stroke-width: 1.2; stroke-dasharray: 4 3; fill: none } .truth { stroke: var(--truth); stroke-width: 1.8; fill: none }
.share0, .share3 { fill: var(--truth); opacity: .55 } .share1, .share2 { fill: var(--ours); opacity: .38; stroke: var(--card) }
.calibration svg text { fill: var(--ink) }
.key { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .85rem; color: var(--soft) } .key svg { display: inline-block; width: 28px; height: 10px; vertical-align: middle; margin-right: .4rem }
.alarms { max-width: 760px } .life { fill: var(--line) } .alarm { fill: var(--ours) } .false { fill: var(--truth) }
`

const [width, left, rowHeight] = [760, 170, 22]

/** A detection set: what its sensors raised over the lives of the parts. */
function detectionSection(detected: DetectionResult): string {
  const rows = detected.parts.map((part) => ({ cells: detectionCells(part, detected) }))
  return `<section id="${detected.dataset.name}"><h2>${escapeHtml(detected.dataset.title)}</h2>
<p class="soft">${escapeHtml(detectionRemark(detected))}. Each line is a sensor over the life of its part; coloured while an alarm stood.</p>
<div class="alarms">${renderTimelines(detected.parts)}
${renderTable({ head: detectionColumns, rows })}</div></section>`
}

function renderTimelines(parts: readonly PartDetection[]): string {
  const sensors = parts.flatMap((part) =>
    [...part.alarms].map(([sensor, alarms]) => ({ part, sensor, alarms })),
  )
  const lines = sensors.map(({ part, sensor, alarms }, index) => {
    const y = index * rowHeight + 4
    const x = roundedScale([part.begin, part.end], [left, width - 4])
    const bar = (from: number, until: number, look: string) =>
      `<rect class="${look}" x="${x(from)}" y="${y}" width="${Math.max(1.5, x(until) - x(from)).toFixed(1)}" height="13" rx="2"/>`
    const name = `${part.part.unit} ${sensor}`
    return [
      `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${escapeHtml(name)}</text>`,
      bar(part.begin, part.end, 'life'),
      ...alarms.map(({ from, until = part.end }) => bar(from, until, part.part.fails ? 'alarm' : 'false')),
    ].join('')
  })
  const height = sensors.length * rowHeight
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Alarms over the lives of the parts">${lines.join('\n')}</svg>`
}

export interface PageContent {
  forecast: readonly (ScoredDataset & { summary: DatasetSummary })[]
  detected: RecordedScore['detection']
}

/** The score as one page that needs nothing else: no script, no font, no request. */
export function renderScorePage({ forecast, detected }: PageContent): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Forewarn: the score</title><style>${style}</style></head><body>${plotClip}<main>
<h1>How good are the forecasts?</h1>
<p>Lives of real parts that were recorded until they failed, forecast as if we were there: at each moment only what was
known of the part until then, and the lives of others. Never its own end.</p>
<section><h2>All sets</h2>${overview(forecast)}
<p class="soft">Median error of the predicted date; share of forecasts within ±30 % of the time that truly was left; share of truths within P10–P90.</p></section>
${forecast.map((each) => prognosisSection(each, each.summary)).join('\n')}
${detected.map(detectionSection).join('\n')}
</main></body></html>
`
}

function overview(forecast: PageContent['forecast']): string {
  const rows = forecast.map(({ dataset: set, summary }) => {
    const { metrics: figures, baselines } = summary
    const best = bestBaseline(summary)
    const theirs = best === undefined ? undefined : baselines.get(best)?.metrics
    const cells = [
      set.title,
      String(figures.forecasts),
      formatInUnit(figures.medianAbsError, set.time),
      formatInUnit(theirs?.medianAbsError ?? null, set.time),
      best === undefined ? '' : methodTitle(best),
      formatRoundPercent(figures.within30),
      formatRoundPercent(figures.coverage80),
    ]
    return { cells }
  })
  const head = ['', 'forecasts', 'median error', 'best simple', 'which', 'within ±30 %', 'in P10–P90']
  return renderTable({ head, rows })
}
