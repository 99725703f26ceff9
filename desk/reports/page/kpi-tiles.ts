import { escaped } from '../../../lib/escaped.ts'
import type { Kpi, MonthlyReport } from '../report-schema.ts'
import { sparkline } from './charts.ts'
import type { Speech } from './words.ts'

/** What is promised, as tiles, each with the months before. */
export function kpiTiles({ kpis, trend }: MonthlyReport, speech: Speech): string {
  return `<div class="kpis">${kpis.map((kpi) => tile(kpi, trend, speech)).join('')}</div>`
}

function tile(kpi: Kpi, trend: MonthlyReport['trend'], speech: Speech): string {
  const { name } = speech.words.kpis[kpi.id]
  const months = [trend[0]?.month ?? '', trend.at(-1)?.month ?? '']
  const state = stateOf(kpi)
  return (
    `<section class="kpi ${state ?? ''}">${state === undefined ? '' : stateMark(state, speech)}` +
    `<h3>${escaped(name)}</h3><div class="value">${escaped(speech.kpi(kpi, kpi.value))}</div>` +
    `<p>${factsOf(kpi, speech).map(escaped).join(' · ')}</p>${course(kpi, trend, name)}` +
    `<div class="months">${months.map((month) => `<span>${escaped(month)}</span>`).join('')}</div></section>`
  )
}

type State = 'met' | 'missed' | 'none'

function stateOf({ value, met }: Kpi): State | undefined {
  if (value === null) return 'none'
  return met === null ? undefined : met ? 'met' : 'missed'
}

/** Not by colour alone. */
function stateMark(state: State, { words }: Speech): string {
  const sign = { met: '✓ ', missed: '✗ ', none: '' }[state]
  return `<span class="state">${sign}${escaped(words.state[state])}</span>`
}

function factsOf(kpi: Kpi, speech: Speech): string[] {
  const { words, count } = speech
  const facts = [words.kpis[kpi.id].of(count(kpi.n))]
  if (kpi.target !== null) facts.push(words.target(speech.share(kpi.target)))
  if (kpi.low !== null) facts.push(words.between(speech.kpi(kpi, kpi.low), speech.kpi(kpi, kpi.high)))
  if (kpi.unsettled > 0) facts.push(words.unsettled(count(kpi.unsettled)))
  return facts
}

function course(kpi: Kpi, trend: MonthlyReport['trend'], label: string): string {
  const points = trend.map(
    ({ kpis }) => kpis.find(({ id }) => id === kpi.id) ?? { value: null, low: null, high: null },
  )
  const values = points.flatMap(({ value, low }) => [value ?? [], low ?? []].flat())
  const bottom = Math.min(kpi.target ?? Number.POSITIVE_INFINITY, ...values)
  const isShare = kpi.id !== 'noticesPerOwnerMonth'
  const range = isShare
    ? ([Number.isFinite(bottom) ? Math.max(0, bottom - 0.05) : 0, 1] as const)
    : ([0, Math.max(1, ...values)] as const)
  return sparkline({ points, target: kpi.target, range, label })
}
