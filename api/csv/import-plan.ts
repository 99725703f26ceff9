import type { RowProblem } from '../errors.ts'
import type { Column } from './columns.ts'
import type { ParsedRow, TableShape } from './parse-table.ts'

/** Changes that a file would make. */
export interface ImportPlan<Row> {
  rows: number
  new: Row[]
  changed: Row[]
  unchanged: number
  problems: RowProblem[]
}

interface PlanImportOptions<Row> extends TableShape<Row> {
  /** Existing rows, by `rowKey`. */
  existing: ReadonlyMap<string, Row>
  /** Problem of a whole row, and its column. */
  check?(row: Row, before: Row | undefined): Omit<RowProblem, 'line'> | undefined
}

/** Return the key of a row as one text. */
export function rowKey<Row>(row: Partial<Row>, key: TableShape<Row>['key']): string {
  return JSON.stringify(key.map((column) => row[column]))
}

/**
 * Compare a file with the existing rows. A column that the file does not have keeps its value, or gets its default in a
 * new row.
 */
export function planImport<Row extends object>(
  parsedRows: readonly ParsedRow<Row>[],
  options: PlanImportOptions<Row>,
): ImportPlan<Row> {
  const plan: ImportPlan<Row> = { rows: parsedRows.length, new: [], changed: [], unchanged: 0, problems: [] }
  const lines = new Map<string, number>()
  for (const { line, values: cells } of parsedRows) {
    const name = rowKey(cells, options.key)
    const before = options.existing.get(name)
    const earlier = lines.get(name)
    const outcome =
      earlier === undefined
        ? completeRow(cells, before, options)
        : problem(options.key[0] ?? null, `line ${earlier} is about the same`, 'Delete one of the two.')
    lines.set(name, line)
    if ('message' in outcome) plan.problems.push({ line, ...outcome })
    else if (before === undefined) plan.new.push(outcome.row)
    else if (isSame(outcome.row, before, options)) plan.unchanged += 1
    else plan.changed.push(outcome.row)
  }
  return plan
}

const problem = (column: string | null, message: string, hint: string) => ({ column, message, hint })

function completeRow<Row extends object>(
  cells: Partial<Row>,
  before: Row | undefined,
  { columns, check }: PlanImportOptions<Row>,
): { row: Row } | Omit<RowProblem, 'line'> {
  const row = { ...before, ...cells }
  for (const name of Object.keys(columns) as (keyof Row & string)[]) {
    const column: Column<Row[typeof name]> = columns[name]
    if (name in row) continue
    if (column.empty === 'required') return problem(name, 'is required for a new row', column.hint)
    row[name] = column.empty.value
  }
  // Every column has a value now.
  const whole = row as Row
  return check?.(whole, before) ?? { row: whole }
}

function isSame<Row extends object>(a: Row, b: Row, { columns }: PlanImportOptions<Row>): boolean {
  return (Object.keys(columns) as (keyof Row & string)[]).every(
    (name) => columns[name].write(a[name]) === columns[name].write(b[name]),
  )
}
