import {
  Band,
  Chart,
  HorizontalLine,
  Line,
  Points,
  VerticalLine,
  XAxis,
  YAxis,
} from '../../../lib/page/chart.tsx'
import { clamped, linearScale, type Plot, ticks, timeTicks } from '../../../lib/page/scale.ts'
import { formatDay } from '../report-text.ts'
import type { Bucket } from './line-downsampler.ts'
import type { PartChart as PartChartData, RuleSetMarks } from './part-charts.ts'

const size = { width: 420, height: 170, left: 36, right: 410, top: 12, bottom: 148 }

/** The metric of a part with the limits, what each rule set raised and predicted, and the true failures. */
export function PartChart({ part }: { part: PartChartData }) {
  const plot = plotOf(part)
  const { x, y } = plot
  const { device, metric, component, line, ruleSetMarks, failures } = part
  return (
    <Chart width={size.width} height={size.height} label={`${device} ${metric ?? component}`}>
      <YAxis plot={plot} ticks={ticks(y.domain, 4)} />
      <XAxis plot={plot} ticks={timeTicks(x.domain, 5)} format={(ts) => formatDay(ts).slice(0, 7)} />
      <Band plot={plot} points={line.map(({ ts, min, max }) => [ts, min, max])} class="metric" />
      <Line plot={plot} points={line.map(({ ts, mean }) => [ts, mean])} class="metric" />
      {ruleSetMarks.map(({ role, limit }) =>
        limit === undefined ? null : <HorizontalLine plot={plot} at={limit} class={`limit ${role}`} />,
      )}
      {ruleSetMarks.map((marks, n) => (
        <PredictionInterval plot={plot} marks={marks} shift={n * 5} />
      ))}
      {ruleSetMarks.map((marks) => (
        <Alarms plot={plot} marks={marks} line={line} />
      ))}
      {failures.filter(isWithin(plot)).map((ts) => (
        <g class="failure">
          <title>truly beyond its limit {formatDay(ts)}</title>
          <VerticalLine plot={plot} at={ts} />
        </g>
      ))}
    </Chart>
  )
}

function plotOf({ from, to, line, ruleSetMarks }: PartChartData): Plot {
  const begin = Math.max(from, line[0]?.ts ?? from)
  const predicted = ruleSetMarks.flatMap(({ predicted }) => (predicted ? [predicted.crossing.p90] : []))
  // A date far ahead would leave too little width for the measured values.
  const end = Math.min(Math.max(to, ...predicted), to + (to - from) / 3)
  const limits = ruleSetMarks.flatMap(({ limit }) => (limit === undefined ? [] : [limit]))
  const values = [...typicalValues(line), ...limits]
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1]
  const margin = (high - low || 1) * 0.08
  return {
    x: linearScale([begin, end], [size.left, size.right]),
    y: clamped(linearScale([low - margin, high + margin], [size.bottom, size.top])),
  }
}

/** Return the means without the highest and the lowest 1 %: a short sensor fault must not flatten the rest. */
function typicalValues(line: readonly Bucket[]): number[] {
  const means = line.map(({ mean }) => mean).sort((a, b) => a - b)
  const extreme = Math.ceil(means.length / 100)
  return means.length > 10 ? means.slice(extreme, -extreme) : means
}

const isWithin =
  ({ x }: Plot) =>
  (ts: number) =>
    ts >= x.domain[0] && ts <= x.domain[1]

interface MarksProps {
  plot: Plot
  marks: RuleSetMarks
}

/** P10 to P90 of the predicted crossing with the median, on the limit. */
function PredictionInterval({ plot, marks, shift }: MarksProps & { shift: number }) {
  const { role, limit, predicted } = marks
  if (predicted === undefined || limit === undefined) return null
  const { p10, p50, p90 } = predicted.crossing
  const interval = { x: clamped(plot.x), y: plot.y }
  return (
    <g class={`interval ${role}`} transform={`translate(0 ${shift})`}>
      <title>
        {`${role}: on ${formatDay(predicted.at)} predicted for ${formatDay(p50)}, between ${formatDay(p10)} and ${formatDay(p90)}`}
      </title>
      <HorizontalLine plot={interval} at={limit} from={p10} to={p90} />
      <Points plot={interval} points={[[p50, limit]]} radius={() => 3} class={role} />
    </g>
  )
}

/** A triangle on the metric at each finding: downwards where it was raised, upwards where it was cleared. */
function Alarms({ plot, marks, line }: MarksProps & { line: readonly Bucket[] }) {
  const { role, raised, cleared } = marks
  const x = clamped(plot.x)
  const mark = (ts: number, state: 'raised' | 'cleared') => {
    const value = line.findLast((bucket) => bucket.ts <= ts)?.mean
    const level = value === undefined ? size.top + 8 : plot.y(value)
    return (
      <g class={`mark ${role} ${state}`}>
        <title>{`${role} ${state} ${formatDay(ts)}`}</title>
        <VerticalLine plot={{ ...plot, x }} at={ts} />
        <polygon
          points={state === 'raised' ? '-5,-10 5,-10 0,-2' : '-5,10 5,10 0,2'}
          transform={`translate(${x(ts)} ${level})`}
        />
      </g>
    )
  }
  const drawn = (times: readonly number[]) => times.filter((ts) => ts <= plot.x.domain[1])
  return (
    <g>
      {drawn(raised).map((ts) => mark(ts, 'raised'))}
      {drawn(cleared).map((ts) => mark(ts, 'cleared'))}
    </g>
  )
}
