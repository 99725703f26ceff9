import { escapeHtml } from '../../../lib/escape-html.ts'

export interface HtmlTable {
  head: readonly string[]
  rows: readonly { cells: readonly string[]; isOurs?: boolean }[]
}

/** A table of plain texts; the first cell of a row is its heading. */
export function renderTable({ head, rows }: HtmlTable): string {
  const heads = head.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('')
  const body = rows.map(({ cells: [first = '', ...rest], isOurs }) => {
    const cells = rest.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')
    return `<tr${isOurs ? ' class="ours"' : ''}><th scope="row">${escapeHtml(first)}</th>${cells}</tr>`
  })
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}
