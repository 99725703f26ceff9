import { h } from 'preact'
import { describe, expect, it } from 'vitest'
import { dayMs } from '../time.ts'
import { renderDrawing, renderPage } from './document.tsx'
import { clamped, linearScale, logScale, ticks, timeTicks } from './scale.ts'
import { Table } from './table.tsx'

const nasty = `<script>alert("x")</script>`

describe('a page', () => {
  const children = h('p', { title: nasty }, nasty)
  const page = renderPage({ title: nasty, style: '.a > .b { color: red }', children })

  it('escapes every text and attribute', () => {
    expect(page).not.toContain('<script')
    expect(page).toContain('<p title="&lt;script>alert(&quot;x&quot;)&lt;/script>">')
  })

  it('has its style unescaped, and loads nothing', () => {
    const style = /<style>(.*)<\/style>/s.exec(page)?.[1]
    expect(style).not.toMatch(/["&<]|url\(|@import/)
    expect(style).toContain('.a > .b { color: red }')
    expect(page).toContain("default-src 'none'")
  })
})

it('a drawing is an SVG document', () => {
  const drawing = renderDrawing({ title: 'a & b', width: 10, height: 5, children: h('g', {}) })
  expect(drawing).toContain(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 5" width="10" height="5">',
  )
  expect(drawing).toContain('<title>a &amp; b</title>')
})

it('a table shows at most its limit, and says how many more there are', () => {
  const columns = [
    { name: 'a', content: 'text' as const, cell: (n: number) => `row ${n}` },
    { name: 'b', cell: (n: number) => n },
  ]
  const more = (hidden: number) => `${hidden} more`
  const table = h(Table<number>, { columns, rows: [1, 2, 3], limit: 2, more })
  const page = renderPage({ title: '', children: table })
  expect(page).toContain('<th scope="row" class="text">row 2</th><td>2</td>')
  expect(page).not.toContain('row 3')
  expect(page).toContain('<p>1 more</p>')
})

describe('a scale', () => {
  it('maps its domain to its range, rounded to a tenth of a pixel', () => {
    const scale = linearScale([0, 3], [100, 0])
    expect([scale(0), scale(1), scale(3), scale(6)]).toEqual([100, 66.7, 0, -100])
    expect(linearScale([5, 5], [0, 10])(5)).toBe(0)
  })

  it('is clamped to its domain', () => {
    const scale = clamped(linearScale([0, 10], [0, 100]))
    expect([scale(-1), scale(5), scale(11)]).toEqual([0, 50, 100])
  })

  it('is logarithmic around 1', () => {
    const scale = logScale([1 / 16, 16], [0, 80])
    expect([scale(1 / 16), scale(1), scale(4), scale(16)]).toEqual([0, 40, 60, 80])
  })
})

describe('ticks', () => {
  it('are round numbers', () => {
    expect(ticks([0.03, 0.97], 4)).toEqual([0.5])
    expect(ticks([-12, 31], 4)).toEqual([0, 20])
    expect(ticks([0, 100], 4)).toEqual([0, 50, 100])
  })

  it('of time begin days, months or years', () => {
    const from = Date.UTC(2026, 0, 15)
    const days = (to: number) => timeTicks([from, to], 4).map((ts) => new Date(ts).toISOString().slice(0, 10))
    expect(days(from + 3 * dayMs)).toEqual(['2026-01-15', '2026-01-16', '2026-01-17', '2026-01-18'])
    expect(days(Date.UTC(2026, 4, 20))).toEqual(['2026-03-01', '2026-05-01'])
    expect(days(Date.UTC(2029, 5, 1))).toEqual(['2027-01-01', '2028-01-01', '2029-01-01'])
  })
})
