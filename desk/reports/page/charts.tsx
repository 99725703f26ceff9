import { Chart, HorizontalLine, Line, Points, VerticalLine, XAxis, YAxis } from '../../../lib/page/chart.tsx'
import { clamped, linearScale, logScale, ticks } from '../../../lib/page/scale.ts'
import type { MonthlyReport } from '../report-schema.ts'

/** A value with its interval; an end that is null is open. */
export interface IntervalEstimate {
  value: number | null
  low: number | null
  high: number | null
}

interface SparklineProps {
  points: readonly IntervalEstimate[]
  target: number | null
  /** Values at the bottom and the top. */
  range: readonly [number, number]
  label: string
}

/** The values of consecutive months with their intervals, and the target as a dashed line. */
export function Sparkline({ points, target, range, label }: SparklineProps) {
  const last = points.length - 1
  const plot = { x: linearScale([0, Math.max(1, last)], [6, 214]), y: clamped(linearScale(range, [50, 6])) }
  const known = points.flatMap(({ value }, n) => (value === null ? [] : [[n, value] as const]))
  return (
    <Chart class="spark" width={220} height={56} label={label}>
      {target === null ? null : <HorizontalLine plot={plot} at={target} class="good dashed" />}
      {points.map(({ low, high }, n) =>
        low === null || high === null ? null : (
          <VerticalLine plot={plot} at={n} from={low} to={high} class="interval" />
        ),
      )}
      <Line plot={plot} points={known} class="" />
      <Points
        plot={plot}
        points={known}
        radius={(index) => (known[index]?.[0] === last ? 4 : 2.5)}
        class=""
      />
    </Chart>
  )
}

/** Two bars for each day: tickets opened and tickets resolved. */
export function DayBars({ days, label }: { days: MonthlyReport['tickets']['byDay']; label: string }) {
  const [width, height, left, bottom] = [960, 170, 34, 148]
  const most = Math.max(4, ...days.flatMap(({ opened, resolved }) => [opened, resolved]))
  const plot = {
    x: linearScale([0, Math.max(1, days.length)], [left, width]),
    y: linearScale([0, most], [bottom, 8]),
  }
  const dated = days.flatMap((_, n) => (n % 5 === 0 ? [n] : []))
  const bar = (look: string, at: number, count: number) => (
    <rect
      class={look}
      x={plot.x(at)}
      width={plot.x(0.36) - left}
      y={plot.y(count)}
      height={bottom - plot.y(count)}
    />
  )
  return (
    <Chart width={width} height={height} label={label}>
      <YAxis plot={plot} ticks={ticks([0, most], 4).filter(Number.isInteger)} />
      <XAxis plot={plot} ticks={dated} format={(n) => days[n]?.day.slice(5) ?? ''} />
      {days.map(({ day, opened, resolved }, n) => (
        <g>
          <title>{`${day}: ${opened} / ${resolved}`}</title>
          {bar('opened', n + 0.1, opened)}
          {bar('resolved', n + 0.5, resolved)}
        </g>
      ))}
    </Chart>
  )
}

/** A bar from 0 with its interval as a line; `most` is the value at the right end. */
export function IntervalBar({ value, low, high, most }: IntervalEstimate & { most: number }) {
  const plot = { x: clamped(linearScale([0, most], [0, 160])), y: linearScale([0, 1], [14, 0]) }
  if (value === null) return null
  return (
    <Chart class="bar" width={160} height={14}>
      <rect y="2" width={plot.x(value)} height="10" />
      {low === null ? null : (
        <HorizontalLine plot={plot} at={0.5} from={low} to={high ?? most} class="interval" />
      )}
    </Chart>
  )
}

/** Ratios beyond this, or below its inverse, are drawn at the end of the scale. */
const maxDrawnRatio = 16

/** A ratio and its interval on a logarithmic scale around 1. */
export function RatioPlot({ value, low, high }: IntervalEstimate) {
  const plot = {
    x: clamped(logScale([1 / maxDrawnRatio, maxDrawnRatio], [5, 195])),
    y: linearScale([0, 1], [14, 0]),
  }
  return (
    <Chart class="ratio" width={200} height={14}>
      <VerticalLine plot={plot} at={1} class="even" />
      {low === null ? null : (
        <HorizontalLine plot={plot} at={0.5} from={low} to={high ?? maxDrawnRatio} class="interval" />
      )}
      {value === null ? null : <Points plot={plot} points={[[value, 0.5]]} radius={() => 4} class="" />}
    </Chart>
  )
}
