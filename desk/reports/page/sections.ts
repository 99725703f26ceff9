import { escapeHtml } from '../../../lib/escape-html.ts'
import type { MonthlyReport } from '../report-schema.ts'
import { dayBars, intervalBar, ratioPlot, stackedBar } from './charts.ts'
import type { ReportFormatter } from './report-texts.ts'
import { renderTable } from './table.ts'

const escapeText = (value: string | null) => escapeHtml(value ?? '–')

export function ticketSection({ tickets }: MonthlyReport, speech: ReportFormatter): string {
  const { texts: words, formatCount: count } = speech
  const { title, opened, resolved, openAtEnd, level, total } = words.tickets
  const levels = tickets.byLevel.map((row) => ({ ...row, name: words.levels[row.level] }))
  const sum = { ...tickets, name: total }
  const counts = renderTable(
    {
      columns: [
        { name: level, content: 'text', renderCell: ({ name }) => escapeText(name) },
        { name: opened, renderCell: (row) => count(row.opened) },
        { name: resolved, renderCell: (row) => count(row.resolved) },
        { name: openAtEnd, renderCell: (row) => count(row.openAtEnd) },
      ],
      rows: [...levels, sum],
      rowClass: (row) => (row === sum ? 'total' : ''),
    },
    speech,
  )
  return (
    `<h2>${escapeHtml(title)}</h2><div class="card">${legend([
      ['opened', opened],
      ['resolved', resolved],
    ])}` +
    `${dayBars(tickets.byDay, title)}</div><div class="pair"><div>${counts}</div>${verdictCard(tickets, speech)}</div>`
  )
}

function verdictCard(
  { verdicts }: MonthlyReport['tickets'],
  { texts: words, formatCount: count }: ReportFormatter,
): string {
  const slices = (['worn', 'not_worn', 'sensor_fault', 'other', 'none'] as const).map((verdict) => ({
    kind: verdict === 'none' ? 'unsaid' : verdict,
    name: words.verdicts[verdict],
    count: verdicts[verdict],
  }))
  const names = slices.map(({ kind, name, count: n }): [string, string] => [kind, `${name} ${count(n)}`])
  const { title } = words.verdicts
  return `<div class="card"><strong>${escapeHtml(title)}</strong>${stackedBar(slices, title)}${legend(names)}</div>`
}

function legend(names: readonly (readonly [kind: string, name: string])[]): string {
  return `<div class="key">${names.map(([kind, name]) => `<span><i class="${kind}"></i>${escapeHtml(name)}</span>`).join('')}</div>`
}

export function faultSection({ faultTypes }: MonthlyReport, speech: ReportFormatter): string {
  const { texts: words, formatCount: count, formatNumber: number } = speech
  const names = words.faults
  const most = Math.max(0, ...faultTypes.map(({ high }) => high ?? 0))
  // One rare fault of a few devices must not press all others into a corner.
  const usual = Math.min(most, 4 * Math.max(0, ...faultTypes.map((row) => row.perHundredDeviceMonths ?? 0)))
  const body = renderTable(
    {
      columns: [
        { name: names.what, content: 'text', renderCell: ({ rule }) => escapeText(rule) },
        { name: names.model, content: 'text', renderCell: ({ model }) => escapeText(model) },
        { name: names.firmware, content: 'text', renderCell: ({ firmware }) => escapeText(firmware) },
        { name: names.faults, renderCell: ({ faults }) => count(faults) },
        { name: names.confirmed, renderCell: ({ confirmed }) => count(confirmed) },
        { name: names.unfounded, renderCell: ({ unfounded }) => count(unfounded) },
        { name: names.rate, renderCell: ({ perHundredDeviceMonths }) => number(perHundredDeviceMonths) },
        {
          name: '',
          content: 'drawing',
          renderCell: (row) => intervalBar({ ...row, value: row.perHundredDeviceMonths }, usual),
        },
      ],
      rows: faultTypes,
    },
    speech,
  )
  return `<h2>${escapeHtml(names.title)}</h2><p>${escapeHtml(names.note)}</p>${body}`
}

export function firstMonthSection({ firstMonth }: MonthlyReport, speech: ReportFormatter): string {
  const { texts: words, formatCount: count, formatNumber: number } = speech
  const names = words.firstMonth
  const tags = ({ isNew, isWorse }: MonthlyReport['firstMonth']['rows'][number]) =>
    (isNew ? `<span class="tag">${escapeHtml(names.isNew)}</span>` : '') +
    (isWorse ? `<span class="tag bad">${escapeHtml(names.worse)}</span>` : '')
  const body = renderTable(
    {
      columns: [
        { name: names.model, content: 'text', renderCell: (row) => `${escapeText(row.model)}${tags(row)}` },
        {
          name: names.firmware,
          content: 'text',
          renderCell: ({ firmware }) => escapeText(firmware ?? names.all),
        },
        { name: names.devices, renderCell: ({ devices }) => count(devices) },
        { name: names.faults, renderCell: ({ faults }) => count(faults) },
        { name: names.ratio, renderCell: ({ ratio }) => number(ratio) },
        { name: '', content: 'drawing', renderCell: (row) => ratioPlot({ ...row, value: row.ratio }) },
      ],
      rows: firstMonth.rows,
      rowClass: ({ isWorse }) => (isWorse ? 'worse' : ''),
    },
    speech,
  )
  return `<h2>${escapeHtml(names.title)}</h2><p>${escapeHtml(names.note)}</p>${body}`
}

export function demandSection({ demand }: MonthlyReport, speech: ReportFormatter): string {
  const { texts: words, formatCount: count } = speech
  const names = words.demand
  const most = Math.max(0, ...demand.map(({ needed }) => needed))
  const body = renderTable(
    {
      columns: [
        {
          name: names.region,
          content: 'text',
          renderCell: ({ region }) => escapeText(region ?? names.nowhere),
        },
        { name: names.part, content: 'text', renderCell: ({ part }) => escapeText(part) },
        { name: names.needed, renderCell: ({ needed }) => count(needed) },
        {
          name: '',
          content: 'drawing',
          renderCell: ({ needed }) => intervalBar({ value: needed, low: null, high: null }, most),
        },
        { name: names.used, renderCell: ({ used }) => count(used) },
        { name: names.waiting, renderCell: ({ waiting }) => count(waiting) },
      ],
      rows: demand,
    },
    speech,
  )
  return `<h2>${escapeHtml(names.title)}</h2>${body}`
}

export function technicianSection({ technicians }: MonthlyReport, speech: ReportFormatter): string {
  const { texts: words, formatCount: count, formatShare: share, formatNumber: number } = speech
  const names = words.technicians
  const body = renderTable(
    {
      columns: [
        { name: names.name, content: 'text', renderCell: ({ name }) => escapeText(name) },
        { name: names.visits, renderCell: ({ visits }) => count(visits) },
        { name: names.resolved, renderCell: ({ resolved }) => count(resolved) },
        { name: names.firstTimeFix, renderCell: ({ firstTimeFix }) => share(firstTimeFix) },
        { name: names.onTime, renderCell: ({ onTime }) => share(onTime) },
        {
          name: names.rating,
          renderCell: ({ rating, ratings }) =>
            rating === null ? '–' : `${number(rating)} (${count(ratings)})`,
        },
      ],
      rows: technicians,
    },
    speech,
  )
  return `<h2>${escapeHtml(names.title)}</h2>${body}`
}

export function ruleSection({ rules }: MonthlyReport, speech: ReportFormatter): string {
  const { texts: words, formatCount: count, formatShare: share } = speech
  const names = words.rules
  const flag = `<span class="tag bad">${escapeHtml(names.flagged)}</span>`
  const body = renderTable(
    {
      columns: [
        {
          name: names.rule,
          content: 'text',
          renderCell: ({ rule, flagged }) => `${escapeText(rule)}${flagged ? flag : ''}`,
        },
        { name: names.version, content: 'text', renderCell: ({ version }) => escapeText(version) },
        { name: names.judged, renderCell: ({ judged }) => count(judged) },
        { name: names.precision, renderCell: ({ precision }) => share(precision) },
        {
          name: '',
          content: 'drawing',
          renderCell: ({ precision, low, high }) => intervalBar({ value: precision, low, high }, 1),
        },
      ],
      rows: rules,
    },
    speech,
  )
  return `<h2>${escapeHtml(names.title)}</h2><p>${escapeHtml(names.note)}</p>${body}`
}
