import type { ComponentChildren } from 'preact'
import { type Plot, roundPx } from './scale.ts'

interface ChartProps {
  /** Of the drawing, px; it is scaled to the width of its place. */
  width: number
  height: number
  /** Text alternative; without one the chart is hidden from screen readers, because the text next to it has the figures. */
  label?: string
  class?: string
  children: ComponentChildren
}

/** An SVG drawing. */
export function Chart({ width, height, label, class: name, children }: ChartProps) {
  const viewBox = `0 0 ${width} ${height}`
  if (label === undefined)
    return (
      <svg class={name} viewBox={viewBox} aria-hidden="true">
        {children}
      </svg>
    )
  return (
    <svg class={name} viewBox={viewBox} role="img" aria-label={label}>
      {children}
    </svg>
  )
}

interface AxisProps {
  plot: Plot
  ticks: readonly number[]
  format?: (value: number) => string
}

/** Labels on the left of a plot and a line across it at each tick. */
export function YAxis({ plot: { x, y }, ticks, format = String }: AxisProps) {
  const [left, right] = x.range
  return (
    <g>
      {ticks.map((value) => (
        <g key={value}>
          <line class="grid" x1={left} x2={right} y1={y(value)} y2={y(value)} />
          <text x={left - 6} y={y(value)} dy="0.32em" text-anchor="end">
            {format(value)}
          </text>
        </g>
      ))}
    </g>
  )
}

/** Labels below a plot. */
export function XAxis({ plot: { x, y }, ticks, format = String }: AxisProps) {
  const isAtEdge = (value: number) => x(value) > x.range[1] - 28
  return (
    <g>
      {ticks.map((value) => (
        <text key={value} x={x(value)} y={y.range[0] + 16} text-anchor={isAtEdge(value) ? 'end' : 'middle'}>
          {format(value)}
        </text>
      ))}
    </g>
  )
}

type Point = readonly [x: number, y: number]

interface PointsProps {
  plot: Plot
  points: readonly Point[]
  class: string
}

/** A line through points, in their order. */
export function Line({ plot, points, class: name }: PointsProps) {
  return points.length === 0 ? null : <polyline class={`line ${name}`} points={pixels(plot, points)} />
}

interface BandProps {
  plot: Plot
  points: readonly (readonly [x: number, low: number, high: number])[]
  class: string
}

/** The area between a lower and an upper line. */
export function Band({ plot, points, class: name }: BandProps) {
  if (points.length === 0) return null
  const upper = points.map(([x, , high]): Point => [x, high])
  const lower = points.toReversed().map(([x, low]): Point => [x, low])
  return <polygon class={`area ${name}`} points={pixels(plot, [...upper, ...lower])} />
}

/** @param props.radius px, of one point */
export function Points({
  plot: { x, y },
  points,
  radius,
  class: name,
}: PointsProps & { radius: (index: number) => number }) {
  return (
    <g class={name}>
      {points.map(([at, value], index) => (
        <circle key={at} cx={x(at)} cy={y(value)} r={radius(index)} />
      ))}
    </g>
  )
}

/** A horizontal line across a plot, or from one x to another. */
export function HorizontalLine({
  plot: { x, y },
  at,
  from = x.domain[0],
  to = x.domain[1],
  class: name,
}: {
  plot: Plot
  at: number
  from?: number
  to?: number
  class?: string | undefined
}) {
  return <line class={name} x1={x(from)} x2={x(to)} y1={y(at)} y2={y(at)} />
}

/** A vertical line through a plot, or from one y to another. */
export function VerticalLine({
  plot: { x, y },
  at,
  from = y.domain[0],
  to = y.domain[1],
  class: name,
}: {
  plot: Plot
  at: number
  from?: number
  to?: number
  class?: string | undefined
}) {
  return <line class={name} x1={x(at)} x2={x(at)} y1={y(from)} y2={y(to)} />
}

const pixels = ({ x, y }: Plot, points: readonly Point[]): string =>
  points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')

export interface Slice {
  class: string
  name: string
  /** Of the whole, 0 … 1. */
  share: number
  /** Written into the slice where it is wide enough. */
  label?: string
}

/** The shares of a whole in one bar of the full width. */
export function StackedBar({ slices, label }: { slices: readonly Slice[]; label: string }) {
  const percent = (share: number) => `${roundPx(100 * share)}%`
  const starts = slices.map((_, n) => slices.slice(0, n).reduce((sum, { share }) => sum + share, 0))
  return (
    <svg class="stack" role="img" aria-label={label}>
      {slices.map(({ class: name, name: title, share, label: text }, n) => (
        <g key={title}>
          <rect class={name} x={percent(starts[n] ?? 0)} width={percent(share)} height="100%">
            <title>{title}</title>
          </rect>
          {text !== undefined && share > 0.07 ? (
            <text x={percent((starts[n] ?? 0) + share / 2)} y="50%" dy="0.32em" text-anchor="middle">
              {text}
            </text>
          ) : null}
        </g>
      ))}
    </svg>
  )
}
