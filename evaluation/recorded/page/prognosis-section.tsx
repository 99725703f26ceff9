import { StackedBar } from '../../../lib/page/chart.tsx'
import { Legend, type LegendEntry } from '../../../lib/page/legend.tsx'
import { Table } from '../../../lib/page/table.tsx'
import { computePrognosticMetrics } from '../figures/metrics.ts'
import { isDateAnswer, type ScoredForecast } from '../figures/scored-forecast.ts'
import { type ForecastRun, scoredForecastsOf } from '../forecast-run.ts'
import type { ScoredDataset } from '../score-dataset.ts'
import type { DatasetSummary } from '../summary.ts'
import { formatRoundPercent } from '../tables/format.ts'
import { sectionsOf, type TableSection } from '../tables/sections.ts'
import { columnTitles, formatRemarks, tableRows } from '../tables/text-table.ts'
import { methodTitle } from '../tables/titles.ts'
import { FanChart } from './fan-chart.tsx'

/**
 * Return the shares of true dates before P10, from P10 to P50, from P50 to P90, and after P90; undefined without a dated
 * forecast.
 */
export function calibrationShares(
  scored: readonly ScoredForecast[],
): [number, number, number, number] | undefined {
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  const dated = scored.filter(isDateAnswer)
  for (const { answer, event } of dated) {
    const { p10 = answer.p50, p50, p90 = answer.p50 } = answer
    counts[event < p10 ? 0 : event <= p50 ? 1 : event <= p90 ? 2 : 3] += 1
  }
  if (dated.length === 0) return undefined
  const [early, below, above, late] = counts
  return [early / dated.length, below / dated.length, above / dated.length, late / dated.length]
}

/** The measured shares above those of a perfectly calibrated forecast. */
function Calibration({ scored }: { scored: readonly ScoredForecast[] }) {
  const shares = calibrationShares(scored)
  if (shares === undefined) return null
  const [early, below, above, late] = shares.map(formatRoundPercent)
  const inside = formatRoundPercent(shares[1] + shares[2])
  return (
    <figure class="calibration">
      <span>measured</span>
      <StackedBar
        slices={slicesOf(shares)}
        label={`Calibration: ${inside} of the true dates within P10 to P90`}
      />
      <span>target</span>
      <StackedBar slices={slicesOf([0.1, 0.4, 0.4, 0.1])} label="Target: 80 % within P10 to P90" />
      <figcaption>
        {`True dates: before P10 ${early}, P10–P50 ${below}, P50–P90 ${above}, after P90 ${late}. ` +
          `${inside} within P10–P90; the target is 80 %.`}
      </figcaption>
    </figure>
  )
}

const sliceNames = ['before P10', 'P10–P50', 'P50–P90', 'after P90']

const slicesOf = (shares: readonly number[]) =>
  shares.map((share, n) => ({
    class: `share${n}`,
    name: sliceNames[n] ?? '',
    share,
    label: formatRoundPercent(share),
  }))

const maxFans = 24

interface MethodRow {
  cells: readonly string[]
  isOurs: boolean
}

/** One prognosis dataset: its metrics, its calibration, and its forecasts over each lifetime. */
export function PrognosisSection({ dataset, runs, summary }: ScoredDataset & { summary: DatasetSummary }) {
  const { name, title, time } = dataset
  const unit = time.name.toLowerCase()
  const rows = tableRows(summary, time).map(({ method, cells }) => ({
    cells: [methodTitle(method), ...cells],
    isOurs: method === 'forewarn',
  }))
  const baseline = bestBaseline(summary)
  const ended = runs.filter(({ recorded, forecasts }) => recorded.event !== undefined && forecasts.length > 0)
  const shown = bestToWorst(ended)
  const choice =
    shown.length < ended.length
      ? `${shown.length} of ${ended.length} lifetimes, from the best to the worst. `
      : ''
  const titleOf = ({ recorded, limit }: ForecastRun) =>
    summary.limits.size > 1 ? `${recorded.unit}, ${limit.value}` : recorded.unit
  return (
    <section class="card" id={name}>
      <h2>{title}</h2>
      <Table<MethodRow>
        columns={[unit, ...columnTitles].map((column, n) => ({
          name: column,
          cell: ({ cells }) => cells[n],
        }))}
        rows={rows}
        rowClass={({ isOurs }) => (isOurs ? 'ours-row' : undefined)}
      />
      {formatRemarks(summary).map((remark) => (
        <p>{remark}</p>
      ))}
      {sectionsOf(summary, time).map((table) => (
        <SectionTable {...table} />
      ))}
      <Calibration scored={scoredForecastsOf(runs, 'forewarn')} />
      <p>{`${choice}Across: when the forecast was made; up: the predicted date; both in ${unit} since the life began.`}</p>
      <Legend entries={legendOf(baseline)} />
      <div class="fans">
        {shown.map((run) => (
          <FanChart run={run} title={titleOf(run)} time={time} baseline={baseline} />
        ))}
      </div>
    </section>
  )
}

const SectionTable = ({ titles, rows }: TableSection) => (
  <Table<readonly string[]>
    columns={titles.map((name, n) => ({ name, cell: (cells) => cells[n] }))}
    rows={rows}
  />
)

const legendOf = (baseline: string | undefined): LegendEntry[] => [
  { class: 'ours', name: 'Forewarn, P50', shape: 'line' },
  { class: 'area ours', name: 'P10 to P90' },
  { class: 'truth', name: 'true date', shape: 'line' },
  ...(baseline === undefined
    ? []
    : [{ class: 'baseline', name: `best simple method: ${methodTitle(baseline)}`, shape: 'line' } as const]),
]

/** Methods that contain our own forecast. */
const notSimple: readonly string[] = ['ownTrend', 'meanOfTwo']

/** Return the simple method with the least median error among those with at least 90 % as many forecasts as ours. */
export function bestBaseline({ metrics, baselines }: DatasetSummary): string | undefined {
  return [...baselines]
    .filter(
      ([name, { metrics: theirs }]) =>
        !notSimple.includes(name) &&
        theirs.medianAbsError !== null &&
        theirs.forecasts >= metrics.forecasts * 0.9,
    )
    .sort(([, a], [, b]) => (a.metrics.medianAbsError ?? 0) - (b.metrics.medianAbsError ?? 0))[0]?.[0]
}

function bestToWorst(runs: readonly ForecastRun[]): ForecastRun[] {
  if (runs.length <= maxFans) return [...runs]
  const errorOf = (run: ForecastRun) =>
    computePrognosticMetrics(scoredForecastsOf([run], 'forewarn')).meanAbsErrorShareOfLife ?? 1
  const sorted = runs.map((run) => ({ run, error: errorOf(run) })).sort((a, b) => a.error - b.error)
  const step = (sorted.length - 1) / (maxFans - 1)
  return Array.from({ length: maxFans }, (_, n) => sorted[Math.round(n * step)]?.run).filter(
    (run) => run !== undefined,
  )
}
