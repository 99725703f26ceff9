import { escaped } from '../../../lib/escaped.ts'
import { day } from '../text.ts'
import type { Bucket } from './buckets.ts'
import type { PartChart, SideMarks } from './part-charts.ts'
import { clamped, type Scale, scale, ticks, timeTicks } from './scale.ts'

const size = { width: 560, height: 200, left: 44, right: 12, top: 12, bottom: 24 }

interface Axes {
  x: Scale
  y: Scale
}

/** A part's metric with the limits, what each side would have raised, and what was predicted: SVG. */
export function chart(part: PartChart): string {
  const axes = axesOf(part)
  const parts = [
    grid(axes),
    band(part.line, axes),
    ...part.sides.map((side) => limitLine(side, axes)),
    ...part.sides.map((side, n) => interval(side, { axes, shift: n * 5 })),
    ...part.sides.map((side) => marks(side, { axes, line: part.line })),
    ...part.failures.map((ts) => failure(ts, axes)),
  ]
  const name = escaped(`${part.device} ${part.metric ?? part.component}`)
  return `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${name}">${parts.join('')}</svg>`
}

function axesOf({ from, to, line, sides }: PartChart): Axes {
  const begin = Math.max(from, line[0]?.ts ?? from)
  const predicted = sides.flatMap(({ predicted }) => (predicted ? [predicted.crossing.p90] : []))
  // A far date would press everything that was measured into a corner.
  const end = Math.min(Math.max(to, ...predicted), to + (to - from) / 3)
  const limits = sides.flatMap(({ limit }) => (limit === undefined ? [] : [limit]))
  const [low, high] = rangeOf([...usual(line), ...limits])
  const margin = (high - low || 1) * 0.08
  return {
    x: scale([begin, end], [size.left, size.width - size.right]),
    y: clamped(scale([low - margin, high + margin], [size.height - size.bottom, size.top])),
  }
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1]
}

/** Without the utmost two of a hundred: a sensor that failed for a while is not to hide what the part did. */
function usual(line: readonly Bucket[]): number[] {
  const means = line.map(({ mean }) => mean).sort((a, b) => a - b)
  const utmost = Math.ceil(means.length / 100)
  return means.length > 10 ? means.slice(utmost, -utmost) : means
}

function grid({ x, y }: Axes): string {
  const bottom = size.height - size.bottom
  const rows = ticks(y.from, y.to, 4).map((value) => {
    const at = px(y(value))
    const line = `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}"/>`
    return `${line}<text x="${size.left - 6}" y="${at}" dy="0.32em" text-anchor="end">${value}</text>`
  })
  const columns = timeTicks(x.from, x.to, 6).map(
    (ts) =>
      `<text x="${px(x(ts))}" y="${bottom + 16}" text-anchor="${x(ts) > size.width - 40 ? 'end' : 'middle'}">${day(ts).slice(0, 7)}</text>`,
  )
  return rows.join('') + columns.join('')
}

/** Least to most of each stretch as an area, the mean as a line. */
function band(line: readonly Bucket[], { x, y }: Axes): string {
  if (line.length === 0) return ''
  const top = line.map(({ ts, max }) => `${px(x(ts))},${px(y(max))}`)
  const bottom = line.toReversed().map(({ ts, min }) => `${px(x(ts))},${px(y(min))}`)
  const mean = line.map(({ ts, mean }) => `${px(x(ts))},${px(y(mean))}`)
  return `<polygon class="band" points="${[...top, ...bottom].join(' ')}"/><polyline class="mean" points="${mean.join(' ')}"/>`
}

function limitLine({ side, limit }: SideMarks, { y }: Axes): string {
  if (limit === undefined) return ''
  const at = px(y(limit))
  return `<line class="limit ${side}" x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}"/>`
}

/** From P10 to P90 of the predicted crossing, with the middle. */
function interval(
  { side, limit, predicted }: SideMarks,
  { axes: { x, y }, shift }: { axes: Axes; shift: number },
): string {
  if (predicted === undefined || limit === undefined) return ''
  const { p10, p50, p90 } = predicted.crossing
  const at = px(y(limit) + shift)
  const along = clamped(x)
  const told = `${side}: on ${day(predicted.at)} predicted for ${day(p50)}, between ${day(p10)} and ${day(p90)}`
  return (
    `<g class="interval ${side}"><title>${told}</title>` +
    `<line x1="${px(along(p10))}" x2="${px(along(p90))}" y1="${at}" y2="${at}"/>` +
    `<circle cx="${px(along(p50))}" cy="${at}" r="3"/></g>`
  )
}

function marks(
  { side, raised, cleared }: SideMarks,
  { axes, line }: { axes: Axes; line: readonly Bucket[] },
): string {
  const { x, y } = axes
  const mark = (ts: number, state: 'raised' | 'cleared') => {
    if (ts > x.to) return ''
    const at = px(clamped(x)(ts))
    const value = line.findLast((bucket) => bucket.ts <= ts)?.mean
    const level = value === undefined ? size.top + 8 : y(value)
    const points = state === 'raised' ? [-10, -10, -2] : [10, 10, 2]
    const [left = 0, right = 0, tip = 0] = points.map((offset) => level + offset)
    return (
      `<g class="mark ${side} ${state}"><title>${side} ${state} ${day(ts)}</title>` +
      `<line x1="${at}" x2="${at}" y1="${size.top}" y2="${size.height - size.bottom}"/>` +
      `<polygon points="${at - 5},${px(left)} ${at + 5},${px(right)} ${at},${px(tip)}"/></g>`
    )
  }
  return [...raised.map((ts) => mark(ts, 'raised')), ...cleared.map((ts) => mark(ts, 'cleared'))].join('')
}

function failure(ts: number, { x }: Axes): string {
  if (ts < x.from || ts > x.to) return ''
  const at = px(x(ts))
  const title = `<title>truly beyond its limit ${day(ts)}</title>`
  return `<g class="failure">${title}<line x1="${at}" x2="${at}" y1="${size.top}" y2="${size.height - size.bottom}"/></g>`
}

const px = (value: number): number => Math.round(value * 10) / 10
