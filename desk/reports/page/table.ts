import { escaped } from '../../../lib/escaped.ts'
import type { Speech } from './words.ts'

/** A column: its name, and what stands in it, as HTML. */
interface Column<Row> {
  name: string
  /** Text stands on the left, numbers on the right; what is drawn takes the room that it needs. */
  holds?: 'text' | 'drawing'
  cell(row: Row): string
}

export interface Table<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  /** A class for a row. */
  kindOf?(row: Row): string
}

/** So many rows are shown; all are in the CSV. */
const mostRows = 25

export function table<Row>({ columns, rows, kindOf }: Table<Row>, { words, count }: Speech): string {
  if (rows.length === 0) return `<p class="none">${escaped(words.nothing)}</p>`
  const tag = (name: string, holds = '') => `${name}${holds === '' ? '' : ` class="${holds}"`}`
  const head = columns.map(({ name, holds }) => `<${tag('th', holds)}>${escaped(name)}</th>`).join('')
  const body = rows.slice(0, mostRows).map((row) => {
    const cells = columns.map(({ holds, cell }) => `<${tag('td', holds)}>${cell(row)}</td>`).join('')
    const kind = kindOf?.(row) ?? ''
    return `<tr${kind === '' ? '' : ` class="${kind}"`}>${cells}</tr>`
  })
  const rest = rows.length - mostRows
  const more = rest > 0 ? `<p>${escaped(words.more(count(rest)))}</p>` : ''
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>${more}`
}
