import { setImmediate } from 'node:timers/promises'
import { CsvError, parse } from 'csv-parse'
import { unescapeFormula } from '../../lib/csv.ts'
import { didYouMean } from '../../lib/did-you-mean.ts'
import { ApiError, type RowProblem } from '../errors.ts'
import { isStorableText } from '../storable-text.ts'
import type { Column, Columns } from './columns.ts'

/** Row of a file, with the columns that the file has. */
export interface ParsedRow<Row> {
  line: number
  values: Partial<Row>
}

export interface ParsedTable<Row> {
  rows: ParsedRow<Row>[]
  problems: RowProblem[]
}

export interface TableShape<Row> {
  columns: Columns<Row>
  /** Key columns of a row; required in every file. */
  key: readonly (keyof Row & string)[]
}

/** Limit of the listed problems; the rest of the file is not checked. */
export const maxListedProblems = 100

/** An import is one transaction, which others wait for: larger files have to be split. */
const maxRows = 50_000
/** Rows between two yields to the event loop. */
const yieldEveryRows = 500
const maxRowBytes = 100_000

interface CsvRecord {
  record: string[]
  info: { lines: number }
}

/**
 * Parse a table whose first line has the names of its columns, separated by commas, quoted as in RFC 4180.
 * @throws ApiError `payload_too_large` for more than 50,000 rows
 */
export async function parseCsvTable<Row extends object>(
  bytes: Buffer,
  shape: TableShape<Row>,
): Promise<ParsedTable<Row>> {
  const table: ParsedTable<Row> = { rows: [], problems: [] }
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    const hint = 'Save it as CSV in UTF-8.'
    table.problems.push({ line: 1, column: null, message: 'the file is not UTF-8', hint })
    return table
  }
  const separator = otherSeparator(text)
  if (separator !== undefined) {
    const message = `the cells are separated by ${separator}`
    table.problems.push({ line: 1, column: null, message, hint: 'Save the file with commas as separators.' })
    return table
  }
  const parser = parse(text, {
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: maxRowBytes,
  })
  try {
    await parseRows(parser as AsyncIterable<CsvRecord>, shape, table)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    table.problems.push(malformedCsv(error))
  }
  return table
}

/** Return the separator of the first line where it is none that a table may have, as text. */
function otherSeparator(text: string): string | undefined {
  const [header = ''] = text.split(/\r\n|\n|\r/, 1)
  if (header.includes(',')) return undefined
  return header.includes(';') ? '";"' : header.includes('\t') ? 'tabs' : undefined
}

async function parseRows<Row extends object>(
  parsed: AsyncIterable<CsvRecord>,
  shape: TableShape<Row>,
  table: ParsedTable<Row>,
): Promise<void> {
  let names: (keyof Row & string)[] | undefined
  for await (const { record, info } of parsed) {
    const cells = record.map(unescapeFormula)
    const line = info.lines - cells.reduce((sum, cell) => sum + cell.split(/\r\n|\r|\n/).length - 1, 0)
    if (names === undefined) {
      names = parseHeader(cells, { shape, line, problems: table.problems })
      if (table.problems.length > 0) return
    } else {
      if (table.rows.length === maxRows) throw tooManyRows(line)
      table.rows.push(parseRow(cells, names, { shape, line, problems: table.problems }))
    }
    if (table.problems.length >= maxListedProblems) return
    if (table.rows.length % yieldEveryRows === 0) await setImmediate()
  }
  if (names !== undefined) return
  const hint = `Begin with a line that names the columns: ${Object.keys(shape.columns).join(',')}.`
  table.problems.push({ line: 1, column: null, message: 'the file is empty', hint })
}

interface RowContext<Row> {
  shape: TableShape<Row>
  line: number
  problems: RowProblem[]
}

function parseHeader<Row extends object>(
  cells: readonly string[],
  { shape, line, problems }: RowContext<Row>,
): (keyof Row & string)[] {
  const known = Object.keys(shape.columns)
  const names = cells.map((cell) => cell.trim())
  const all = `The columns are ${known.join(', ')}; commas separate them.`
  for (const [index, name] of names.entries()) {
    const meant = didYouMean(name, known)
    const hint = meant === undefined ? all : `Did you mean ${meant}?`
    if (!known.includes(name))
      problems.push({ line, column: name, message: `there is no column ${JSON.stringify(name)}`, hint })
    else if (names.indexOf(name) !== index)
      problems.push({ line, column: name, message: 'the column is there twice', hint: 'Delete one of them.' })
  }
  for (const name of shape.key) {
    if (!names.includes(name))
      problems.push({ line, column: name, message: `the column ${name} is missing`, hint: all })
  }
  return names as (keyof Row & string)[]
}

function parseRow<Row extends object>(
  cells: readonly string[],
  names: readonly (keyof Row & string)[],
  { shape, line, problems }: RowContext<Row>,
): ParsedRow<Row> {
  const given: Partial<Row> = {}
  if (cells.length !== names.length) {
    const message = `the row has ${cells.length} cells, and there are ${names.length} columns`
    const hint = 'Put what contains a comma in quotes: "a, b".'
    problems.push({ line, column: null, message, hint })
    return { line, values: given }
  }
  for (const [index, name] of names.entries()) {
    const column: Column<Row[typeof name]> = shape.columns[name]
    const read = parseCell(cells[index] ?? '', column)
    if ('value' in read) given[name] = read.value
    else problems.push({ line, column: name, message: read.message, hint: column.hint })
  }
  return { line, values: given }
}

function parseCell<T>(cell: string, { schema, empty }: Column<T>): { value: T } | { message: string } {
  if (cell === '') return empty === 'required' ? { message: 'is empty' } : empty
  if (!isStorableText(cell)) return { message: 'contains the character NUL' }
  const parsed = schema.safeParse(cell)
  if (parsed.success) return { value: parsed.data }
  const shown = JSON.stringify(cell.length > 60 ? `${cell.slice(0, 60)}…` : cell)
  return { message: `${shown}: ${parsed.error.issues[0]?.message ?? 'is not valid'}` }
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

const tooManyRows = (line: number) =>
  new ApiError(
    'payload_too_large',
    `The file has more than ${maxRows.toLocaleString('en')} rows: from line ${line} on, import them as another file.`,
  )

function malformedCsv(error: CsvError): RowProblem {
  const line = Number(Reflect.get(error, 'lines')) || 1
  const hint = 'Look at the quotes: a cell in quotes ends with one, and a quote within it is written twice.'
  return { line, column: null, message: error.message, hint }
}
