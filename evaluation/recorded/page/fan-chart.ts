import { escapeHtml } from '../../../lib/escape-html.ts'
import type { ForecastRun } from '../forecast-run.ts'
import type { TimeUnit } from '../prognosis-dataset.ts'
import type { ForecastAnswer } from '../scored-forecast.ts'
import { roundedScale, type Scale, scaleTicks, svgPath } from './axes.ts'

const [width, height] = [268, 186]
const plot = { left: 40, right: width - 8, top: 8, bottom: height - 22 }

/** What lies outside of the plot is cut; all fans share it. */
export const plotClip = `<svg width="0" height="0" aria-hidden="true"><clipPath id="plot"><rect x="${plot.left}" y="${plot.top}" width="${plot.right - plot.left}" height="${plot.bottom - plot.top}"/></clipPath></svg>`

export interface FanOptions {
  title: string
  time: TimeUnit
  /** A simple method that is drawn beside. */
  baseline: string | undefined
}

type PlotPoint = readonly [x: number, y: number]

/** A life's forecasts as a fan: over the moment of the forecast the predicted date, and the truth as a line. */
export function renderFanChart(run: ForecastRun, { title, time, baseline: beside }: FanOptions): string {
  const { event = 0, lifetime: life } = run.recorded
  const begin = life.startedAt ?? life.points[0]?.[0] ?? 0
  const inUnit = (ts: number) => (ts - begin) / time.ms
  const [first, truth] = [inUnit(run.forecasts[0]?.at ?? begin), inUnit(event)]
  const ours = datesOf(run, 'forewarn', inUnit)
  const theirs = beside === undefined ? [] : datesOf(run, beside, inUnit)
  const x = roundedScale([first, truth], [plot.left, plot.right])
  const y = roundedScale(heightOf(ours, first, truth), [plot.bottom, plot.top])
  const draw = (look: string, places: readonly PlotPoint[]) =>
    places.length > 0
      ? `<path class="${look}" d="${svgPath(places.map(([at, of]) => [x(at), y(of)]))}"/>`
      : ''
  const middle = middlesOf(ours)
  const band = [
    ...ours.map(({ at, p90 }): PlotPoint => [at, p90]),
    ...ours.toReversed().map(({ at, p10 }): PlotPoint => [at, p10]),
  ]
  return `<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">
${gridOf(x, y)}<g clip-path="url(#plot)">
${draw('now', diagonal(first, truth))}${draw('band', band)}${draw('beside', middlesOf(theirs))}
${draw('ours-line', middle)}${middle.length < 40 ? middle.map(([at, of]) => dot(x(at), y(of))).join('') : ''}
${draw('truth', level(first, truth))}</g></svg><figcaption>${escapeHtml(title)}</figcaption></figure>`
}

interface Dated {
  at: number
  p10: number
  p50: number
  p90: number
}

function datesOf({ forecasts: asked }: ForecastRun, method: string, inUnit: (ts: number) => number): Dated[] {
  return asked.flatMap(({ at, answers }) => datesIn(answers[method], inUnit(at), inUnit))
}

function datesIn(answer: ForecastAnswer | undefined, at: number, inUnit: (ts: number) => number): Dated[] {
  if (answer?.is !== 'date') return []
  const { p50, p10 = p50, p90 = p50 } = answer
  return [{ at, p10: inUnit(p10), p50: inUnit(p50), p90: inUnit(p90) }]
}

const middlesOf = (dates: readonly Dated[]) => dates.map(({ at, p50 }): PlotPoint => [at, p50])
const diagonal = (first: number, truth: number): PlotPoint[] => [
  [first, first],
  [truth, truth],
]
const level = (first: number, truth: number): PlotPoint[] => [
  [first, truth],
  [truth, truth],
]
const dot = (x: number, y: number) => `<circle class="dot" cx="${x}" cy="${y}" r="2"/>`

/** All that was told, but no further from the truth than the life was long when it was first asked. */
function heightOf(ours: readonly Dated[], first: number, truth: number): [number, number] {
  const most = truth - first
  const least = most / 8
  const early = Math.max(...ours.map(({ p10 }) => truth - p10), least)
  const late = Math.max(...ours.map(({ p90 }) => p90 - truth), least)
  return [truth - 1.1 * Math.min(early, most), truth + 1.1 * Math.min(late, most)]
}

function gridOf(x: Scale, y: Scale): string {
  const rows = scaleTicks(y).map(
    (tick) =>
      `<path class="grid" d="M${plot.left} ${y(tick)}H${plot.right}"/><text x="${plot.left - 5}" y="${y(tick) + 3}" text-anchor="end">${tick}</text>`,
  )
  const columns = scaleTicks(x).map(
    (tick) => `<text x="${x(tick)}" y="${height - 8}" text-anchor="middle">${tick}</text>`,
  )
  return [...rows, ...columns].join('')
}
