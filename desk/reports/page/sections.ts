import { escaped } from '../../../lib/escaped.ts'
import type { MonthlyReport } from '../report-schema.ts'
import { bar, dayBars, ratioMark, stack } from './charts.ts'
import { table } from './table.ts'
import type { Speech } from './words.ts'

const text = (value: string | null) => escaped(value ?? '–')

export function ticketSection({ tickets }: MonthlyReport, speech: Speech): string {
  const { words, count } = speech
  const { title, opened, resolved, openAtEnd, level, total } = words.tickets
  const levels = tickets.byLevel.map((row) => ({ ...row, name: words.levels[row.level] }))
  const sum = { ...tickets, name: total }
  const counts = table(
    {
      columns: [
        { name: level, holds: 'text', cell: ({ name }) => text(name) },
        { name: opened, cell: (row) => count(row.opened) },
        { name: resolved, cell: (row) => count(row.resolved) },
        { name: openAtEnd, cell: (row) => count(row.openAtEnd) },
      ],
      rows: [...levels, sum],
      kindOf: (row) => (row === sum ? 'total' : ''),
    },
    speech,
  )
  return (
    `<h2>${escaped(title)}</h2><div class="card">${key([
      ['opened', opened],
      ['resolved', resolved],
    ])}` +
    `${dayBars(tickets.byDay, title)}</div><div class="pair"><div>${counts}</div>${verdictCard(tickets, speech)}</div>`
  )
}

function verdictCard({ verdicts }: MonthlyReport['tickets'], { words, count }: Speech): string {
  const slices = (['worn', 'not_worn', 'sensor_fault', 'other', 'none'] as const).map((verdict) => ({
    kind: verdict === 'none' ? 'unsaid' : verdict,
    name: words.verdicts[verdict],
    count: verdicts[verdict],
  }))
  const names = slices.map(({ kind, name, count: n }): [string, string] => [kind, `${name} ${count(n)}`])
  const { title } = words.verdicts
  return `<div class="card"><strong>${escaped(title)}</strong>${stack(slices, title)}${key(names)}</div>`
}

function key(names: readonly (readonly [kind: string, name: string])[]): string {
  return `<div class="key">${names.map(([kind, name]) => `<span><i class="${kind}"></i>${escaped(name)}</span>`).join('')}</div>`
}

export function faultSection({ faultTypes }: MonthlyReport, speech: Speech): string {
  const { words, count, number } = speech
  const names = words.faults
  const most = Math.max(0, ...faultTypes.map(({ high }) => high ?? 0))
  // One rare fault of a few devices must not press all others into a corner.
  const usual = Math.min(most, 4 * Math.max(0, ...faultTypes.map((row) => row.perHundredDeviceMonths ?? 0)))
  const body = table(
    {
      columns: [
        { name: names.what, holds: 'text', cell: ({ rule }) => text(rule) },
        { name: names.model, holds: 'text', cell: ({ model }) => text(model) },
        { name: names.firmware, holds: 'text', cell: ({ firmware }) => text(firmware) },
        { name: names.faults, cell: ({ faults }) => count(faults) },
        { name: names.confirmed, cell: ({ confirmed }) => count(confirmed) },
        { name: names.unfounded, cell: ({ unfounded }) => count(unfounded) },
        { name: names.rate, cell: ({ perHundredDeviceMonths }) => number(perHundredDeviceMonths) },
        {
          name: '',
          holds: 'drawing',
          cell: (row) => bar({ ...row, value: row.perHundredDeviceMonths }, usual),
        },
      ],
      rows: faultTypes,
    },
    speech,
  )
  return `<h2>${escaped(names.title)}</h2><p>${escaped(names.note)}</p>${body}`
}

export function firstMonthSection({ firstMonth }: MonthlyReport, speech: Speech): string {
  const { words, count, number } = speech
  const names = words.firstMonth
  const tags = ({ isNew, isWorse }: MonthlyReport['firstMonth']['rows'][number]) =>
    (isNew ? `<span class="tag">${escaped(names.isNew)}</span>` : '') +
    (isWorse ? `<span class="tag bad">${escaped(names.worse)}</span>` : '')
  const body = table(
    {
      columns: [
        { name: names.model, holds: 'text', cell: (row) => `${text(row.model)}${tags(row)}` },
        { name: names.firmware, holds: 'text', cell: ({ firmware }) => text(firmware ?? names.all) },
        { name: names.devices, cell: ({ devices }) => count(devices) },
        { name: names.faults, cell: ({ faults }) => count(faults) },
        { name: names.ratio, cell: ({ ratio }) => number(ratio) },
        { name: '', holds: 'drawing', cell: (row) => ratioMark({ ...row, value: row.ratio }) },
      ],
      rows: firstMonth.rows,
      kindOf: ({ isWorse }) => (isWorse ? 'worse' : ''),
    },
    speech,
  )
  return `<h2>${escaped(names.title)}</h2><p>${escaped(names.note)}</p>${body}`
}

export function demandSection({ demand }: MonthlyReport, speech: Speech): string {
  const { words, count } = speech
  const names = words.demand
  const most = Math.max(0, ...demand.map(({ needed }) => needed))
  const body = table(
    {
      columns: [
        { name: names.region, holds: 'text', cell: ({ region }) => text(region ?? names.nowhere) },
        { name: names.part, holds: 'text', cell: ({ part }) => text(part) },
        { name: names.needed, cell: ({ needed }) => count(needed) },
        {
          name: '',
          holds: 'drawing',
          cell: ({ needed }) => bar({ value: needed, low: null, high: null }, most),
        },
        { name: names.used, cell: ({ used }) => count(used) },
        { name: names.waiting, cell: ({ waiting }) => count(waiting) },
      ],
      rows: demand,
    },
    speech,
  )
  return `<h2>${escaped(names.title)}</h2>${body}`
}

export function technicianSection({ technicians }: MonthlyReport, speech: Speech): string {
  const { words, count, share, number } = speech
  const names = words.technicians
  const body = table(
    {
      columns: [
        { name: names.name, holds: 'text', cell: ({ name }) => text(name) },
        { name: names.visits, cell: ({ visits }) => count(visits) },
        { name: names.resolved, cell: ({ resolved }) => count(resolved) },
        { name: names.firstTimeFix, cell: ({ firstTimeFix }) => share(firstTimeFix) },
        { name: names.onTime, cell: ({ onTime }) => share(onTime) },
        {
          name: names.rating,
          cell: ({ rating, ratings }) => (rating === null ? '–' : `${number(rating)} (${count(ratings)})`),
        },
      ],
      rows: technicians,
    },
    speech,
  )
  return `<h2>${escaped(names.title)}</h2>${body}`
}

export function ruleSection({ rules }: MonthlyReport, speech: Speech): string {
  const { words, count, share } = speech
  const names = words.rules
  const flag = `<span class="tag bad">${escaped(names.flagged)}</span>`
  const body = table(
    {
      columns: [
        {
          name: names.rule,
          holds: 'text',
          cell: ({ rule, flagged }) => `${text(rule)}${flagged ? flag : ''}`,
        },
        { name: names.version, holds: 'text', cell: ({ version }) => text(version) },
        { name: names.judged, cell: ({ judged }) => count(judged) },
        { name: names.precision, cell: ({ precision }) => share(precision) },
        {
          name: '',
          holds: 'drawing',
          cell: ({ precision, low, high }) => bar({ value: precision, low, high }, 1),
        },
      ],
      rows: rules,
    },
    speech,
  )
  return `<h2>${escaped(names.title)}</h2><p>${escaped(names.note)}</p>${body}`
}
