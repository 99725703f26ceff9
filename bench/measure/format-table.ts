import type { Table } from '../section.ts'

/** Format a table as Markdown: numbers to the right. */
export function formatTable({ title, columns, rows }: Table): string {
  const cells = [columns, ...rows.map((row) => row.map(String))]
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join(' | ')} |`
  const [head = [], ...body] = cells
  const rule = `|${widths.map((width, i) => (i === 0 ? `:${'-'.repeat(width + 1)}` : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [`### ${title}`, '', line(head), rule, ...body.map(line)].join('\n')
}

/** Return a number with as many digits as it is worth: three. */
export function digits(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  if (value === 0) return '0'
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toFixed(Math.min(3, decimals))
}
