import type { Kysely, Transaction } from 'kysely'
import { csvLine } from '../../lib/csv.ts'
import type { Records } from '../../store/records/schema.ts'
import type { RowProblem } from '../errors.ts'
import type { Column, Columns } from './columns.ts'
import { type ImportPlan, planImport, rowKey } from './import-plan.ts'
import { maxListedProblems, parseCsvTable, type TableShape } from './parse-table.ts'

/** Table of the records that is exported as CSV. */
export interface ExportableTable<Row> {
  columns: Columns<Row>
  /** Return up to `limit` rows in the order of their keys, those after the row `after`. */
  page(db: Kysely<Records>, after: Row | undefined, limit: number): Promise<Row[]>
}

/** Table of the records that is imported and exported as CSV. */
export interface ImportableTable<Row extends object> extends TableShape<Row>, ExportableTable<Row> {
  /** Return the existing rows of those that a file names, by `rowKey`; locked where they may be changed. */
  findExisting(trx: Transaction<Records>, named: readonly Partial<Row>[]): Promise<Map<string, Row>>
  validateRow?(row: Row, before: Row | undefined): Omit<RowProblem, 'line'> | undefined
  /** Load a check of a row's references to other tables. */
  loadReferenceCheck?(trx: Transaction<Records>): Promise<(row: Row) => Omit<RowProblem, 'line'> | undefined>
  save(trx: Transaction<Records>, rows: readonly Row[], now: Date): Promise<void>
}

/** Rows per statement. */
const batchSize = 500

export interface ImportOptions {
  bytes: Buffer
  now: Date
  /** Return what would be changed, without a change. */
  dryRun: boolean
}

/** Import a file into the records: all of it, or nothing when it has a problem. */
export async function importTable<Row extends object>(
  trx: Transaction<Records>,
  table: ImportableTable<Row>,
  { bytes, now, dryRun }: ImportOptions,
): Promise<ImportPlan<Row>> {
  const { rows, problems } = await parseCsvTable(bytes, table)
  if (problems.length > 0) return { rows: rows.length, new: [], changed: [], unchanged: 0, problems }
  const existing = new Map<string, Row>()
  for (const some of batches(rows.toSorted((a, b) => compareByKey(a.values, b.values, table.key)))) {
    const found = await table.findExisting(
      trx,
      some.map(({ values }) => values),
    )
    for (const [name, row] of found) existing.set(name, row)
  }
  const checkAgainst = await table.loadReferenceCheck?.(trx)
  const check = (row: Row, before: Row | undefined) => table.validateRow?.(row, before) ?? checkAgainst?.(row)
  const plan = planImport(rows, { columns: table.columns, key: table.key, existing, check })
  if (plan.problems.length > 0 || dryRun) return plan
  const toSave = [...plan.new, ...plan.changed].toSorted((a, b) => compareByKey(a, b, table.key))
  for (const some of batches(toSave)) await table.save(trx, some, now)
  return plan
}

/** Export the table as CSV, read page by page: a change made meanwhile may be in it or not. */
export async function* exportTable<Row extends object>(
  db: Kysely<Records>,
  { columns, page }: ExportableTable<Row>,
): AsyncGenerator<string> {
  const names = Object.keys(columns) as (keyof Row & string)[]
  let lines = csvLine(names)
  for (let after: Row | undefined; ; ) {
    const rows = await page(db, after, batchSize)
    for (const row of rows) lines += csvLine(names.map((name) => writeCell(columns[name], row[name])))
    yield lines
    lines = ''
    after = rows.at(-1)
    if (rows.length < batchSize) return
  }
}

/** Return the first problems of a file, in the order of its lines. */
export const firstProblems = (problems: readonly RowProblem[]): RowProblem[] =>
  problems.toSorted((a, b) => a.line - b.line).slice(0, maxListedProblems)

function writeCell<T>({ write }: Column<T>, value: T): string {
  return write(value)
}

/** Compare keys: one order of locking keeps two concurrent imports from a deadlock. */
function compareByKey<Row>(a: Partial<Row>, b: Partial<Row>, key: TableShape<Row>['key']): number {
  const [left, right] = [rowKey(a, key), rowKey(b, key)]
  if (left === right) return 0
  return left < right ? -1 : 1
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let from = 0; from < all.length; from += batchSize) yield all.slice(from, from + batchSize)
}
