import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { reportLocales } from './page/report-texts.ts'
import { renderReportCsv } from './report-csv.ts'
import { renderReportPage } from './report-page.tsx'
import { kpiIds, type MonthlyReport, reportSchema } from './report-schema.ts'

const interval = { low: 0.2, high: 0.9 }
const kpis: MonthlyReport['kpis'] = kpiIds.map((id) => ({
  id,
  value: 0.875,
  n: 40,
  ...interval,
  target: id === 'noticesPerOwnerMonth' ? null : 0.9,
  met: id === 'noticesPerOwnerMonth' ? null : false,
  provisional: 3,
}))
const nasty = '<script>alert("x")</script>'

const report: MonthlyReport = reportSchema.parse({
  from: '2026-05-31T16:00:00.000Z',
  until: '2026-06-30T16:00:00.000Z',
  timeZone: 'Asia/Shanghai',
  generatedAt: '2026-07-01T01:00:00.000Z',
  kpis,
  trend: [
    { month: '2026-05', kpis: [] },
    { month: '2026-06', kpis },
  ],
  tickets: {
    opened: 3,
    resolved: 2,
    openAtEnd: 1,
    byLevel: [{ level: 'level1', opened: 3, resolved: 2, openAtEnd: 1 }],
    byDay: [{ day: '2026-06-01', opened: 3, resolved: 2 }],
    verdicts: { worn: 1, not_worn: 1, sensor_fault: 0, other: 0, none: 0 },
  },
  faultTypes: Array.from({ length: 30 }, (_, n) => ({
    kind: 'robot_vacuum',
    model: nasty,
    firmware: null,
    component: 'battery',
    rule: `robot_vacuum.fault_${n}`,
    faults: 3,
    worn: 1,
    noFaultFound: 0,
    deviceMonths: 40,
    perHundredDeviceMonths: 7.5,
    low: 1,
    high: 20,
  })),
  earlyFailures: {
    from: '2026-01-01T00:00:00.000Z',
    rows: [
      {
        kind: 'robot_vacuum',
        model: 'RV-30',
        firmware: null,
        isNew: true,
        devices: 5,
        faults: 4,
        deviceMonths: 4,
        others: { faults: 1, deviceMonths: 100 },
        ratio: 100,
        low: 8,
        high: null,
        p: 0.001,
        isWorse: true,
      },
    ],
  },
  demand: [{ region: null, part: 'battery, large', needed: 3, used: 1, waiting: 2 }],
  technicians: [
    {
      id: '=cmd',
      name: '@SUM(A1)',
      visits: 1,
      resolved: 1,
      firstTimeFix: 1,
      onTime: null,
      rating: null,
      ratings: 0,
    },
    {
      id: '-1|cmd',
      name: 'Kim "K"\nLee',
      visits: 1,
      resolved: 1,
      firstTimeFix: 1,
      onTime: 0,
      rating: 4.5,
      ratings: 2,
    },
  ],
  rules: [
    { rule: 'r.a', version: 'v', verdicts: 9, confirmed: 2, precision: 0.22, ...interval, flagged: true },
  ],
})

describe.each(reportLocales)('the page in %s', (locale) => {
  const page = renderReportPage(report, locale)

  it('loads nothing and runs nothing', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i)
    expect(page).toContain("default-src 'none'")
  })

  it('escapes texts', () => {
    expect(page).toContain('&lt;script>alert(&quot;x&quot;)&lt;/script>')
  })

  it('shows no NaN, Infinity, undefined or null', () => {
    expect(page).not.toMatch(/NaN|Infinity|undefined|\bnull\b/)
  })

  it('closes every element', () => {
    for (const tag of ['div', 'section', 'table', 'svg', 'tr', 'td', 'span', 'g', 'h2', 'h3', 'p']) {
      const count = (pattern: RegExp) => page.match(pattern)?.length ?? 0
      expect([tag, count(new RegExp(`<${tag}[ >]`, 'g'))]).toEqual([tag, count(new RegExp(`</${tag}>`, 'g'))])
    }
  })
})

it('is in the requested language', () => {
  expect(renderReportPage(report, 'en')).toContain('<h1>Service in June 2026</h1>')
  expect(renderReportPage(report, 'zh-CN')).toContain('<h1>2026年6月服务报告</h1>')
  expect(renderReportPage({ ...report, until: '2026-06-15T16:00:00.000Z' }, 'en')).toMatch(
    /Service in Jun 1\s–\s15, 2026/,
  )
  const chinese = /[\u4e00-\u9fff]/
  expect(renderReportPage(report, 'en')).not.toMatch(chinese)
})

it('shows the first rows and the number of the others', () => {
  expect(renderReportPage(report, 'en')).toContain('… and 5 more, in the CSV.')
})

describe('the CSV', () => {
  const csv = renderReportCsv(report)
  const rows = parse(csv, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[]

  it('has every figure, with the same columns in each line', () => {
    expect(csv.endsWith('\r\n')).toBe(true)
    expect(Object.keys(rows[0] ?? {})).toEqual(['section', 'subject', 'measure', 'value', 'n', 'low', 'high'])
    expect(rows).toContainEqual({
      section: 'kpi',
      subject: '',
      measure: 'responseSlaCompliance',
      value: '0.875',
      n: '40',
      low: '0.2',
      high: '0.9',
    })
    expect(rows.filter(({ section }) => section === 'faults')).toHaveLength(30 * 5)
    expect(rows).toContainEqual(
      expect.objectContaining({ subject: '?/battery, large', measure: 'waiting', value: '2' }),
    )
  })

  it('guards formulas', () => {
    expect(rows.filter((row) => Object.values(row).some((cell) => /^[=+@\t\r]/.test(cell)))).toEqual([])
    expect(rows).toContainEqual(
      expect.objectContaining({ subject: "'=cmd", measure: 'name', value: "'@SUM(A1)" }),
    )
    expect(rows).toContainEqual(
      expect.objectContaining({ subject: "'-1|cmd", measure: 'name', value: 'Kim "K"\nLee' }),
    )
  })
})
