import { escapeHtml } from '../../../lib/escape-html.ts'
import { type ForecastRun, scoredForecastsOf } from '../forecast-run.ts'
import { computePrognosticMetrics } from '../metrics.ts'
import type { ScoredDataset } from '../score.ts'
import { isDateAnswer, type ScoredForecast } from '../scored-forecast.ts'
import type { DatasetSummary } from '../summary.ts'
import { columnTitles, formatRemarks, methodTitle, tableRows } from '../text-table.ts'
import { renderFanChart } from './fan-chart.ts'
import { renderTable } from './html.ts'

const [width, height] = [560, 76]
const [left, right] = [92, width - 8]

/** Where the truth lay in the forecasts: shares that came before P10, to P50, to P90, and after it. */
export function calibrationShares(
  judged: readonly ScoredForecast[],
): [number, number, number, number] | undefined {
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  const dated = judged.filter(isDateAnswer)
  for (const { answer, event } of dated) {
    const { p10 = answer.p50, p50, p90 = answer.p50 } = answer
    counts[event < p10 ? 0 : event <= p50 ? 1 : event <= p90 ? 2 : 3] += 1
  }
  if (dated.length === 0) return undefined
  const [early, below, above, late] = counts
  return [early / dated.length, below / dated.length, above / dated.length, late / dated.length]
}

/** The shares beside those of a forecast that knows exactly how sure it may be. */
function renderCalibration(judged: readonly ScoredForecast[]): string {
  const shares = calibrationShares(judged)
  if (shares === undefined) return ''
  const [early, below, above, late] = shares
  const inside = Math.round(100 * (below + above))
  return `<figure class="calibration"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Calibration: ${inside} % of the truths lay within P10 to P90">
${bar(shares, { label: 'measured', y: 4 })}
${bar([0.1, 0.4, 0.4, 0.1], { label: 'wanted', y: 40 })}
</svg><figcaption>Where the truth lay: before P10 ${share(early)}, P10–P50 ${share(below)}, P50–P90 ${share(above)}, after P90 ${share(late)}. ${inside} % within P10–P90; 80 % is wanted.</figcaption></figure>`
}

function bar(shares: readonly number[], { label, y }: { label: string; y: number }): string {
  let from = left
  const parts = shares.map((part, index) => {
    const wide = part * (right - left)
    const text =
      wide > 32 ? `<text x="${from + wide / 2}" y="${y + 19}" text-anchor="middle">${share(part)}</text>` : ''
    const drawn = `<rect class="share${index}" x="${from.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="30"/>${text}`
    from += wide
    return drawn
  })
  return `<text x="${left - 8}" y="${y + 19}" text-anchor="end">${label}</text>${parts.join('')}`
}

const share = (part: number) => `${Math.round(100 * part)} %`

const mostFans = 24

/** A prognosis set: its figures, how sure it was, and its forecasts over the lives. */
export function prognosisSection({ dataset: set, runs }: ScoredDataset, summary: DatasetSummary): string {
  const rows = tableRows(summary, set.time).map(({ method, cells }) => ({
    cells: [methodTitle(method), ...cells],
    isOurs: method === 'forewarn',
  }))
  const beside = bestBaseline(summary)
  const ended = runs.filter(
    ({ recorded, forecasts: asked }) => recorded.event !== undefined && asked.length > 0,
  )
  const shown = bestToWorst(ended)
  const titled = (run: ForecastRun) =>
    summary.limits.size > 1 ? `${run.recorded.unit}, ${run.limit.value}` : run.recorded.unit
  const unit = set.time.name.toLowerCase()
  const which =
    shown.length < ended.length
      ? `${shown.length} of ${ended.length} lives, from the best to the worst. `
      : ''
  return `<section id="${set.name}"><h2>${escapeHtml(set.title)}</h2>
${renderTable({ head: [unit, ...columnTitles], rows })}
${formatRemarks(summary)
  .map((remark) => `<p class="soft">${escapeHtml(remark)}</p>`)
  .join('')}
${renderCalibration(scoredForecastsOf(runs, 'forewarn'))}
<p class="soft">${which}Across: when the forecast was made; up: the date it told; both in ${unit} since the life began.</p>
<div class="key">${legendItem('ours-line', 'Forewarn, P50')}${legendItem('wide band', 'P10 to P90')}${legendItem('truth', 'the truth')}${
    beside === undefined ? '' : legendItem('beside', `best simple method: ${escapeHtml(methodTitle(beside))}`)
  }</div>
<div class="fans">${shown.map((run) => renderFanChart(run, { title: titled(run), time: set.time, baseline: beside })).join('\n')}</div></section>`
}

/** The simple method with the least median error among those that spoke at least as often as ours. */
export function bestBaseline({ metrics: figures, baselines }: DatasetSummary): string | undefined {
  return [...baselines]
    .filter(
      ([, { metrics: theirs }]) =>
        theirs.medianAbsError !== null && theirs.forecasts >= figures.forecasts * 0.9,
    )
    .sort(([, a], [, b]) => (a.metrics.medianAbsError ?? 0) - (b.metrics.medianAbsError ?? 0))[0]?.[0]
}

function bestToWorst(runs: readonly ForecastRun[]): ForecastRun[] {
  if (runs.length <= mostFans) return [...runs]
  const errorOf = (run: ForecastRun) =>
    computePrognosticMetrics(scoredForecastsOf([run], 'forewarn')).meanAbsErrorShareOfLife ?? 1
  const sorted = runs.map((run) => ({ run, error: errorOf(run) })).sort((a, b) => a.error - b.error)
  const step = (sorted.length - 1) / (mostFans - 1)
  return Array.from({ length: mostFans }, (_, n) => sorted[Math.round(n * step)]?.run).filter(
    (run) => run !== undefined,
  )
}

function legendItem(look: string, text: string): string {
  const shape =
    look === 'wide band'
      ? '<rect class="band" width="28" height="10"/>'
      : `<path class="${look}" d="M0 5H28"/>`
  return `<span><svg viewBox="0 0 28 10" aria-hidden="true">${shape}</svg>${text}</span>`
}
