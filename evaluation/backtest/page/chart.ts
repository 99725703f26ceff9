import { escapeHtml } from '../../../lib/escape-html.ts'
import { formatDay } from '../report-text.ts'
import type { Bucket } from './line-downsampler.ts'
import type { PartChart, RuleSetMarks } from './part-charts.ts'
import { clampedScale, linearScale, type Scale, ticks, timeTicks } from './scale.ts'

const size = { width: 560, height: 200, left: 44, right: 12, top: 12, bottom: 24 }

interface Axes {
  x: Scale
  y: Scale
}

/** A part's metric with the limits, what each side would have raised, and what was predicted: SVG. */
export function renderPartChart(part: PartChart): string {
  const axes = axesOf(part)
  const parts = [
    grid(axes),
    band(part.line, axes),
    ...part.ruleSetMarks.map((side) => limitLine(side, axes)),
    ...part.ruleSetMarks.map((side, n) => predictionInterval(side, { axes, shift: n * 5 })),
    ...part.ruleSetMarks.map((side) => marks(side, { axes, line: part.line })),
    ...part.failures.map((ts) => failureLine(ts, axes)),
  ]
  const name = escapeHtml(`${part.device} ${part.metric ?? part.component}`)
  return `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${name}">${parts.join('')}</svg>`
}

function axesOf({ from, to, line, ruleSetMarks: sides }: PartChart): Axes {
  const begin = Math.max(from, line[0]?.ts ?? from)
  const predicted = sides.flatMap(({ predicted }) => (predicted ? [predicted.crossing.p90] : []))
  // A far date would press everything that was measured into a corner.
  const end = Math.min(Math.max(to, ...predicted), to + (to - from) / 3)
  const limits = sides.flatMap(({ limit }) => (limit === undefined ? [] : [limit]))
  const [low, high] = rangeOf([...typicalValues(line), ...limits])
  const margin = (high - low || 1) * 0.08
  return {
    x: linearScale([begin, end], [size.left, size.width - size.right]),
    y: clampedScale(linearScale([low - margin, high + margin], [size.height - size.bottom, size.top])),
  }
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1]
}

/** Without the utmost two of a hundred: a sensor that failed for a while is not to hide what the part did. */
function typicalValues(line: readonly Bucket[]): number[] {
  const means = line.map(({ mean }) => mean).sort((a, b) => a - b)
  const utmost = Math.ceil(means.length / 100)
  return means.length > 10 ? means.slice(utmost, -utmost) : means
}

function grid({ x, y }: Axes): string {
  const bottom = size.height - size.bottom
  const rows = ticks(y.from, y.to, 4).map((value) => {
    const at = roundPx(y(value))
    const line = `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}"/>`
    return `${line}<text x="${size.left - 6}" y="${at}" dy="0.32em" text-anchor="end">${value}</text>`
  })
  const columns = timeTicks(x.from, x.to, 6).map(
    (ts) =>
      `<text x="${roundPx(x(ts))}" y="${bottom + 16}" text-anchor="${x(ts) > size.width - 40 ? 'end' : 'middle'}">${formatDay(ts).slice(0, 7)}</text>`,
  )
  return rows.join('') + columns.join('')
}

/** Least to most of each stretch as an area, the mean as a line. */
function band(line: readonly Bucket[], { x, y }: Axes): string {
  if (line.length === 0) return ''
  const top = line.map(({ ts, max }) => `${roundPx(x(ts))},${roundPx(y(max))}`)
  const bottom = line.toReversed().map(({ ts, min }) => `${roundPx(x(ts))},${roundPx(y(min))}`)
  const mean = line.map(({ ts, mean }) => `${roundPx(x(ts))},${roundPx(y(mean))}`)
  return `<polygon class="band" points="${[...top, ...bottom].join(' ')}"/><polyline class="mean" points="${mean.join(' ')}"/>`
}

function limitLine({ role: side, limit }: RuleSetMarks, { y }: Axes): string {
  if (limit === undefined) return ''
  const at = roundPx(y(limit))
  return `<line class="limit ${side}" x1="${size.left}" x2="${size.width - size.right}" y1="${at}" y2="${at}"/>`
}

/** From P10 to P90 of the predicted crossing, with the middle. */
function predictionInterval(
  { role: side, limit, predicted }: RuleSetMarks,
  { axes: { x, y }, shift }: { axes: Axes; shift: number },
): string {
  if (predicted === undefined || limit === undefined) return ''
  const { p10, p50, p90 } = predicted.crossing
  const at = roundPx(y(limit) + shift)
  const along = clampedScale(x)
  const told = `${side}: on ${formatDay(predicted.at)} predicted for ${formatDay(p50)}, between ${formatDay(p10)} and ${formatDay(p90)}`
  return (
    `<g class="interval ${side}"><title>${told}</title>` +
    `<line x1="${roundPx(along(p10))}" x2="${roundPx(along(p90))}" y1="${at}" y2="${at}"/>` +
    `<circle cx="${roundPx(along(p50))}" cy="${at}" r="3"/></g>`
  )
}

function marks(
  { role: side, raised, cleared }: RuleSetMarks,
  { axes, line }: { axes: Axes; line: readonly Bucket[] },
): string {
  const { x, y } = axes
  const mark = (ts: number, state: 'raised' | 'cleared') => {
    if (ts > x.to) return ''
    const at = roundPx(clampedScale(x)(ts))
    const value = line.findLast((bucket) => bucket.ts <= ts)?.mean
    const level = value === undefined ? size.top + 8 : y(value)
    const points = state === 'raised' ? [-10, -10, -2] : [10, 10, 2]
    const [left = 0, right = 0, tip = 0] = points.map((offset) => level + offset)
    return (
      `<g class="mark ${side} ${state}"><title>${side} ${state} ${formatDay(ts)}</title>` +
      `<line x1="${at}" x2="${at}" y1="${size.top}" y2="${size.height - size.bottom}"/>` +
      `<polygon points="${at - 5},${roundPx(left)} ${at + 5},${roundPx(right)} ${at},${roundPx(tip)}"/></g>`
    )
  }
  return [...raised.map((ts) => mark(ts, 'raised')), ...cleared.map((ts) => mark(ts, 'cleared'))].join('')
}

function failureLine(ts: number, { x }: Axes): string {
  if (ts < x.from || ts > x.to) return ''
  const at = roundPx(x(ts))
  const title = `<title>truly beyond its limit ${formatDay(ts)}</title>`
  return `<g class="failure">${title}<line x1="${at}" x2="${at}" y1="${size.top}" y2="${size.height - size.bottom}"/></g>`
}

const roundPx = (value: number): number => Math.round(value * 10) / 10
