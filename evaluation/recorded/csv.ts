import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { ExpectedError } from '../../lib/expected-error.ts'
import { groupBy } from '../../lib/group-by.ts'

/** Recorded data that cannot be scored; the message names the file and the problem. */
export class FieldDataError extends ExpectedError {
  override readonly name = 'FieldDataError'
}

/** The cells of a row by column name; undefined for a column that the file does not have. */
export type Row = Readonly<Record<string, string | undefined>>

/**
 * Read the rows of a CSV file with a header.
 * @param columns required columns
 * @throws FieldDataError when the file is missing, malformed, or lacks a required column
 */
export async function readTable(file: string, columns: readonly string[]): Promise<Row[]> {
  const text = await readText(file)
  if (text === undefined) throw new FieldDataError(`${file}: no such file`)
  return parseTable(file, text, columns)
}

/** Read like `readTable`; a missing file is an empty table. */
export async function readOptionalTable(file: string, columns: readonly string[]): Promise<Row[]> {
  const text = await readText(file)
  return text === undefined ? [] : parseTable(file, text, columns)
}

/** Return the number in a cell; undefined when it is empty or not a number. */
export function numberCell(row: Row, column: string): number | undefined {
  const text = row[column]?.trim()
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** Return the date or time in a cell, ms since 1970; UTC without an offset. */
export function timeCell(row: Row, column: string): number | undefined {
  const text = row[column]?.trim().replace(' ', 'T') ?? ''
  const isLocal = /T[\d:.]+$/.test(text)
  const at = Date.parse(isLocal ? `${text}Z` : text)
  return Number.isNaN(at) ? undefined : at
}

/** Group rows by the value of a column, in the order of the file; rows without a value are left out. */
export function groupByColumn(rows: readonly Row[], column: string): Map<string, Row[]> {
  return groupBy(rows, (row) => row[column] || undefined)
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function parseTable(file: string, text: string, columns: readonly string[]): Row[] {
  const [header = [], ...lines] = parseLines(file, text)
  const missing = columns.filter((column) => !header.includes(column))
  if (missing.length > 0) throw new FieldDataError(`${file}: has no column ${missing.join(', ')}`)
  return lines.map((line) => Object.fromEntries(header.map((column, index) => [column, line[index]])))
}

function parseLines(file: string, text: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true })
  } catch (error) {
    throw new FieldDataError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
