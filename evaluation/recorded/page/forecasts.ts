import { escaped } from '../../../lib/escaped.ts'
import { figuresOf } from '../metrics.ts'
import { judgedOf, type Run } from '../run.ts'
import type { ScoredSet } from '../score.ts'
import type { SetSummary } from '../summary.ts'
import { columnTitles, remarksOf, rowsOf, titleOf } from '../text-table.ts'
import { calibrationOf } from './calibration.ts'
import { fanOf } from './fan.ts'
import { tableHtml } from './html.ts'

const mostFans = 24

/** A prognosis set: its figures, how sure it was, and its forecasts over the lives. */
export function forecastsSection({ set, runs }: ScoredSet, summary: SetSummary): string {
  const rows = rowsOf(summary, set.time).map(({ method, cells }) => ({
    cells: [titleOf(method), ...cells],
    isOurs: method === 'forewarn',
  }))
  const beside = bestSimple(summary)
  const ended = runs.filter(({ recorded, asked }) => recorded.event !== undefined && asked.length > 0)
  const shown = spread(ended)
  const titled = (run: Run) =>
    summary.limits.size > 1 ? `${run.recorded.unit}, ${run.limit.value}` : run.recorded.unit
  const unit = set.time.name.toLowerCase()
  const which =
    shown.length < ended.length
      ? `${shown.length} of ${ended.length} lives, from the best to the worst. `
      : ''
  return `<section id="${set.name}"><h2>${escaped(set.title)}</h2>
${tableHtml({ head: [unit, ...columnTitles], rows })}
${remarksOf(summary)
  .map((remark) => `<p class="soft">${escaped(remark)}</p>`)
  .join('')}
${calibrationOf(judgedOf(runs, 'forewarn'))}
<p class="soft">${which}Across: when the forecast was made; up: the date it told; both in ${unit} since the life began.</p>
<div class="key">${key('ours-line', 'Forewarn, P50')}${key('wide band', 'P10 to P90')}${key('truth', 'the truth')}${
    beside === undefined ? '' : key('beside', `best simple method: ${escaped(titleOf(beside))}`)
  }</div>
<div class="fans">${shown.map((run) => fanOf(run, { title: titled(run), time: set.time, beside })).join('\n')}</div></section>`
}

/** The simple method with the least median error among those that spoke at least as often as ours. */
export function bestSimple({ figures, baselines }: SetSummary): string | undefined {
  return [...baselines]
    .filter(
      ([, { figures: theirs }]) =>
        theirs.medianAbsError !== null && theirs.forecasts >= figures.forecasts * 0.9,
    )
    .sort(([, a], [, b]) => (a.figures.medianAbsError ?? 0) - (b.figures.medianAbsError ?? 0))[0]?.[0]
}

function spread(runs: readonly Run[]): Run[] {
  if (runs.length <= mostFans) return [...runs]
  const errorOf = (run: Run) => figuresOf(judgedOf([run], 'forewarn')).meanAbsErrorShareOfLife ?? 1
  const sorted = runs.map((run) => ({ run, error: errorOf(run) })).sort((a, b) => a.error - b.error)
  const step = (sorted.length - 1) / (mostFans - 1)
  return Array.from({ length: mostFans }, (_, n) => sorted[Math.round(n * step)]?.run).filter(
    (run) => run !== undefined,
  )
}

function key(look: string, text: string): string {
  const shape =
    look === 'wide band'
      ? '<rect class="band" width="28" height="10"/>'
      : `<path class="${look}" d="M0 5H28"/>`
  return `<span><svg viewBox="0 0 28 10" aria-hidden="true">${shape}</svg>${text}</span>`
}
