import { escapeHtml } from '../../../lib/escape-html.ts'
import type { ReportFormatter } from './report-texts.ts'

/** A column: its name, and what stands in it, as HTML. */
interface Column<Row> {
  name: string
  /** Text stands on the left, numbers on the right; what is drawn takes the room that it needs. */
  content?: 'text' | 'drawing'
  renderCell(row: Row): string
}

export interface Table<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** A class for a row. */
  rowClass?(row: Row): string
}

/** So many rows are shown; all are in the CSV. */
const maxRows = 25

export function renderTable<Row>(
  { columns, rows, rowClass: kindOf }: Table<Row>,
  { texts: words, formatCount: count }: ReportFormatter,
): string {
  if (rows.length === 0) return `<p class="none">${escapeHtml(words.nothing)}</p>`
  const tag = (name: string, holds = '') => `${name}${holds === '' ? '' : ` class="${holds}"`}`
  const head = columns
    .map(({ name, content: holds }) => `<${tag('th', holds)}>${escapeHtml(name)}</th>`)
    .join('')
  const body = rows.slice(0, maxRows).map((row) => {
    const cells = columns
      .map(({ content: holds, renderCell: cell }) => `<${tag('td', holds)}>${cell(row)}</td>`)
      .join('')
    const kind = kindOf?.(row) ?? ''
    return `<tr${kind === '' ? '' : ` class="${kind}"`}>${cells}</tr>`
  })
  const rest = rows.length - maxRows
  const more = rest > 0 ? `<p>${escapeHtml(words.more(count(rest)))}</p>` : ''
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>${more}`
}
