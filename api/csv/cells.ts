/**
 * What a spreadsheet would take for a formula: CSV injection, as OWASP describes it. A plain number is none, whatever
 * its sign.
 */
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

const looksLikeFormula = (cell: string) => formula.test(cell) && !plainNumber.test(cell)

/** A line of a table, as RFC 4180 has it, with what looks like a formula behind an apostrophe. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quoteCell(looksLikeFormula(cell) ? `'${cell}` : cell)).join(',')}\r\n`
}

/** The cell without the apostrophe that `csvLine` puts before it. */
export function unescapeFormula(cell: string): string {
  return cell.startsWith("'") && looksLikeFormula(cell.slice(1)) ? cell.slice(1) : cell
}

function quoteCell(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
