import { escapeHtml } from '../../../lib/escape-html.ts'
import type { MonthlyReport } from '../report-schema.ts'

const roundPx = (value: number): number => Math.round(value * 10) / 10

/** An interval with what lies in it; ends that are null are at the edge. */
export interface IntervalEstimate {
  value: number | null
  low: number | null
  high: number | null
}

export interface SparklineData {
  points: readonly IntervalEstimate[]
  target: number | null
  /** The values at the bottom and the top. */
  range: readonly [number, number]
  label: string
}

/** A few values one after the other with their intervals, and the target as a dashed line. */
export function sparkline({ points, target, range: [bottom, top], label }: SparklineData): string {
  const [width, height, margin] = [220, 56, 6]
  const x = (n: number) => roundPx(margin + (n * (width - 2 * margin)) / Math.max(1, points.length - 1))
  const y = (value: number) => {
    const share = (Math.min(top, Math.max(bottom, value)) - bottom) / (top - bottom || 1)
    return roundPx(height - margin - share * (height - 2 * margin))
  }
  const bars = points.map(({ low, high }, n) =>
    low === null || high === null
      ? ''
      : `<line class="reach" x1="${x(n)}" x2="${x(n)}" y1="${y(low)}" y2="${y(high)}"/>`,
  )
  const known = points.flatMap(({ value }, n) => (value === null ? [] : [{ n, value }]))
  const line = known.map(({ n, value }) => `${x(n)},${y(value)}`).join(' ')
  const dots = known.map(
    ({ n, value }) =>
      `<circle${n === points.length - 1 ? ' class="last"' : ''} cx="${x(n)}" cy="${y(value)}" r="${n === points.length - 1 ? 4 : 2.5}"/>`,
  )
  const goal =
    target === null ? '' : `<line class="target" x1="0" x2="${width}" y1="${y(target)}" y2="${y(target)}"/>`
  return (
    `<svg class="spark" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">` +
    `${goal}${bars.join('')}<polyline points="${line}"/>${dots.join('')}</svg>`
  )
}

/** For each day two bars: what was opened, and what was resolved. */
export function dayBars(days: MonthlyReport['tickets']['byDay'], label: string): string {
  const [width, height, left, bottom] = [960, 170, 34, 22]
  const most = Math.max(4, ...days.flatMap(({ opened, resolved }) => [opened, resolved]))
  const step = (width - left) / Math.max(1, days.length)
  const y = (count: number) => roundPx(height - bottom - (count / most) * (height - bottom - 8))
  const bar = (kind: string, at: number, count: number) =>
    `<rect class="${kind}" x="${roundPx(at)}" width="${roundPx(step * 0.36)}" y="${y(count)}" height="${roundPx(height - bottom - y(count))}"/>`
  const columns = days.map(({ day, opened, resolved }, n) => {
    const at = left + n * step
    const name = `<title>${day}: ${opened} / ${resolved}</title>`
    const date = n % 5 === 0 ? `<text x="${roundPx(at)}" y="${height - 6}">${day.slice(5)}</text>` : ''
    const bars = bar('opened', at + step * 0.1, opened) + bar('resolved', at + step * 0.5, resolved)
    return `<g>${name}${bars}</g>${date}`
  })
  const rows = gridLines(most).map(
    (count) =>
      `<line class="grid" x1="${left}" x2="${width}" y1="${y(count)}" y2="${y(count)}"/>` +
      `<text x="${left - 6}" y="${y(count)}" dy="0.32em" text-anchor="end">${count}</text>`,
  )
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${rows.join('')}${columns.join('')}</svg>`
}

/** Whole numbers for at most five lines. */
function gridLines(most: number): number[] {
  const [size = most] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].filter(
    (step) => most / step <= 4,
  )
  return Array.from({ length: Math.floor(most / size) + 1 }, (_, n) => n * size)
}

/** A bar from 0 with its interval as a line. */
export function intervalBar({ value, low, high }: IntervalEstimate, most: number): string {
  const [width, height] = [160, 14]
  const x = (amount: number) => roundPx((Math.min(amount, most) / (most || 1)) * width)
  if (value === null) return ''
  const reach =
    low === null ? '' : `<line class="reach" x1="${x(low)}" x2="${x(high ?? most)}" y1="7" y2="7"/>`
  return `<svg class="bar" viewBox="0 0 ${width} ${height}" aria-hidden="true"><rect x="0" y="2" width="${x(value)}" height="10"/>${reach}</svg>`
}

/** The furthest ratio that is drawn; it is one of a logarithmic scale. */
const maxDrawnRatio = 16

/** A ratio and its interval on a logarithmic scale around 1. */
export function ratioPlot({ value, low, high }: IntervalEstimate): string {
  const [width, height] = [200, 14]
  const x = (ratio: number) => {
    const within = Math.min(maxDrawnRatio, Math.max(1 / maxDrawnRatio, ratio))
    return roundPx(width / 2 + (Math.log(within) / Math.log(maxDrawnRatio)) * (width / 2 - 5))
  }
  const middle = `<line class="even" x1="${width / 2}" x2="${width / 2}" y1="0" y2="${height}"/>`
  const reach =
    low === null ? '' : `<line class="reach" x1="${x(low)}" x2="${x(high ?? maxDrawnRatio)}" y1="7" y2="7"/>`
  const dot = value === null ? '' : `<circle cx="${x(value)}" cy="7" r="4"/>`
  return `<svg class="ratio" viewBox="0 0 ${width} ${height}" aria-hidden="true">${middle}${reach}${dot}</svg>`
}

export interface Slice {
  kind: string
  name: string
  count: number
}

/** Shares of a whole side by side. */
export function stackedBar(slices: readonly Slice[], label: string): string {
  const total = slices.reduce((sum, { count }) => sum + count, 0)
  let from = 0
  const parts = slices.map(({ kind, name, count }) => {
    const width = (count / (total || 1)) * 400
    const part = `<rect class="${kind}" x="${roundPx(from)}" y="0" width="${roundPx(width)}" height="18"><title>${escapeHtml(name)}: ${count}</title></rect>`
    from += width
    return part
  })
  return `<svg class="stack" viewBox="0 0 400 18" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(label)}">${parts.join('')}</svg>`
}
