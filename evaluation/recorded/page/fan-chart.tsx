import { Band, Chart, HorizontalLine, Line, Points, XAxis, YAxis } from '../../../lib/page/chart.tsx'
import { linearScale, type Plot, ticks } from '../../../lib/page/scale.ts'
import type { ForecastAnswer } from '../figures/scored-forecast.ts'
import type { ForecastRun } from '../forecast-run.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'

const [width, height] = [268, 186]
const area = { left: 40, right: width - 8, top: 8, bottom: height - 22 }

/** More dots than this would hide the line. */
const maxDots = 40

/** The clip path of all fans of a page: they share one plot area. */
export function FanClip() {
  return (
    <svg class="clip" width="0" height="0" aria-hidden="true">
      <clipPath id="plot">
        <rect x={area.left} y={area.top} width={area.right - area.left} height={area.bottom - area.top} />
      </clipPath>
    </svg>
  )
}

interface FanChartProps {
  run: ForecastRun
  title: string
  time: TimeUnit
  /** The simple method that is drawn for comparison. */
  baseline: string | undefined
}

/** The forecasts of one lifetime as a fan: the predicted date over the time of the forecast, and the true date as a line. */
export function FanChart({ run, title, time, baseline }: FanChartProps) {
  const { event = 0, lifetime } = run.recorded
  const begin = lifetime.startedAt ?? lifetime.points[0]?.[0] ?? 0
  const inUnit = (ts: number) => (ts - begin) / time.ms
  const [first, truth] = [inUnit(run.forecasts[0]?.at ?? begin), inUnit(event)]
  const ours = datesOf(run, 'forewarn', inUnit)
  const medians = mediansOf(ours)
  const plot: Plot = {
    x: linearScale([first, truth], [area.left, area.right]),
    y: linearScale(dateRange(ours, { first, truth }), [area.bottom, area.top]),
  }
  return (
    <figure>
      <Chart width={width} height={height} label={title}>
        <YAxis plot={plot} ticks={ticks(plot.y.domain, 4)} />
        <XAxis plot={plot} ticks={ticks(plot.x.domain, 4)} />
        <g clip-path="url(#plot)">
          {/* Where a forecast would predict the moment at which it is made. */}
          <Line
            plot={plot}
            points={[
              [first, first],
              [truth, truth],
            ]}
            class="now"
          />
          <Band plot={plot} points={ours.map(({ at, p10, p90 }) => [at, p10, p90])} class="ours" />
          {baseline === undefined ? null : (
            <Line plot={plot} points={mediansOf(datesOf(run, baseline, inUnit))} class="baseline" />
          )}
          <Line plot={plot} points={medians} class="ours" />
          {medians.length < maxDots ? (
            <Points plot={plot} points={medians} radius={() => 2} class="ours" />
          ) : null}
          <HorizontalLine plot={plot} at={truth} class="truth" />
        </g>
      </Chart>
      <figcaption>{title}</figcaption>
    </figure>
  )
}

/** A forecast in the unit of the dataset since the life began. */
interface DatedForecast {
  at: number
  p10: number
  p50: number
  p90: number
}

type ToUnit = (ts: number) => number

function datesOf({ forecasts }: ForecastRun, method: string, inUnit: ToUnit): DatedForecast[] {
  return forecasts.flatMap(({ at, answers }) => dateIn(answers[method], inUnit(at), inUnit))
}

function dateIn(answer: ForecastAnswer | undefined, at: number, inUnit: ToUnit): DatedForecast[] {
  if (answer?.is !== 'date') return []
  const { p50, p10 = p50, p90 = p50 } = answer
  return [{ at, p10: inUnit(p10), p50: inUnit(p50), p90: inUnit(p90) }]
}

const mediansOf = (dates: readonly DatedForecast[]) => dates.map(({ at, p50 }) => [at, p50] as const)

/** Return the range of the predicted dates, at most as far from the truth as the first forecast was made before it. */
function dateRange(
  dates: readonly DatedForecast[],
  { first, truth }: { first: number; truth: number },
): [number, number] {
  const most = truth - first
  const least = most / 8
  const early = Math.max(...dates.map(({ p10 }) => truth - p10), least)
  const late = Math.max(...dates.map(({ p90 }) => p90 - truth), least)
  return [truth - 1.1 * Math.min(early, most), truth + 1.1 * Math.min(late, most)]
}
