import { escapeHtml } from '../../../lib/escape-html.ts'
import type { Kpi, MonthlyReport } from '../report-schema.ts'
import { sparkline } from './charts.ts'
import type { ReportFormatter } from './report-texts.ts'

/** What is promised, as tiles, each with the months before. */
export function kpiTiles({ kpis, trend }: MonthlyReport, speech: ReportFormatter): string {
  return `<div class="kpis">${kpis.map((kpi) => tile(kpi, trend, speech)).join('')}</div>`
}

function tile(kpi: Kpi, trend: MonthlyReport['trend'], speech: ReportFormatter): string {
  const { name } = speech.texts.kpis[kpi.id]
  const months = [trend[0]?.month ?? '', trend.at(-1)?.month ?? '']
  const state = kpiStateOf(kpi)
  return (
    `<section class="kpi ${state ?? ''}">${state === undefined ? '' : stateMark(state, speech)}` +
    `<h3>${escapeHtml(name)}</h3><div class="value">${escapeHtml(speech.formatKpi(kpi, kpi.value))}</div>` +
    `<p>${kpiFacts(kpi, speech).map(escapeHtml).join(' · ')}</p>${kpiSparkline(kpi, trend, name)}` +
    `<div class="months">${months.map((month) => `<span>${escapeHtml(month)}</span>`).join('')}</div></section>`
  )
}

type KpiState = 'met' | 'missed' | 'none'

function kpiStateOf({ value, met }: Kpi): KpiState | undefined {
  if (value === null) return 'none'
  return met === null ? undefined : met ? 'met' : 'missed'
}

/** Not by colour alone. */
function stateMark(state: KpiState, { texts: words }: ReportFormatter): string {
  const sign = { met: '✓ ', missed: '✗ ', none: '' }[state]
  return `<span class="state">${sign}${escapeHtml(words.state[state])}</span>`
}

function kpiFacts(kpi: Kpi, speech: ReportFormatter): string[] {
  const { texts: words, formatCount: count } = speech
  const facts = [words.kpis[kpi.id].of(count(kpi.n))]
  if (kpi.target !== null) facts.push(words.target(speech.formatShare(kpi.target)))
  if (kpi.low !== null)
    facts.push(words.between(speech.formatKpi(kpi, kpi.low), speech.formatKpi(kpi, kpi.high)))
  if (kpi.unsettled > 0) facts.push(words.unsettled(count(kpi.unsettled)))
  return facts
}

function kpiSparkline(kpi: Kpi, trend: MonthlyReport['trend'], label: string): string {
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
