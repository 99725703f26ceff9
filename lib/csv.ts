/** A cell before it is written; null is an empty cell. */
export type CsvCell = string | number | boolean | null

/**
 * Leading characters that make a spreadsheet evaluate a cell as a formula: CSV injection, as listed by OWASP
 * (https://owasp.org/www-community/attacks/CSV_Injection). The apostrophes keep `unescapeFormula` the exact inverse.
 */
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/
const plainNumber = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i

const looksLikeFormula = (cell: string) => formula.test(cell) && !plainNumber.test(cell)

/** Return one line of a CSV table (RFC 4180), with an apostrophe before each text that looks like a formula. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map((cell) => (typeof cell === 'string' ? textCell(cell) : String(cell ?? ''))).join(',')}\r\n`
}

/** Return a cell without the apostrophe that `csvLine` puts before a formula. */
export function unescapeFormula(cell: string): string {
  return cell.startsWith("'") && looksLikeFormula(cell.slice(1)) ? cell.slice(1) : cell
}

function textCell(cell: string): string {
  const text = looksLikeFormula(cell) ? `'${cell}` : cell
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
