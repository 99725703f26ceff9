import { readFile } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import { groupBy } from './group-by.ts'

/** Recorded data that cannot be scored, in words: which file, and what is wrong. */
export class FieldDataError extends Error {
  override readonly name = 'FieldDataError'
}

/** The values of a line by the names of the columns; a column that the file does not have is undefined. */
export type Row = Readonly<Record<string, string | undefined>>

/**
 * The lines of a CSV file with a header.
 * @param columns that must be there
 * @throws FieldDataError where the file is missing, broken, or lacks one of the columns
 */
export async function readTable(file: string, columns: readonly string[]): Promise<Row[]> {
  const text = await readText(file)
  if (text === undefined) throw new FieldDataError(`${file}: no such file`)
  return parseTable(file, text, columns)
}

/** As `readTable`, but a file that is not there is an empty table. */
export async function readOptionalTable(file: string, columns: readonly string[]): Promise<Row[]> {
  const text = await readText(file)
  return text === undefined ? [] : parseTable(file, text, columns)
}

/** Undefined where the cell is empty or no number. */
export function numberCell(row: Row, column: string): number | undefined {
  const text = row[column]?.trim()
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

/** ms since 1970 of a date or a date with time, which is UTC unless it says otherwise. */
export function timeCell(row: Row, column: string): number | undefined {
  const text = row[column]?.trim().replace(' ', 'T') ?? ''
  const isLocal = /T[\d:.]+$/.test(text)
  const at = Date.parse(isLocal ? `${text}Z` : text)
  return Number.isNaN(at) ? undefined : at
}

/** The rows by the value of a column, in the order of the file; rows without one are left out. */
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
