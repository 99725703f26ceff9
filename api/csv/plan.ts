import type { RowProblem } from '../errors.ts'
import type { Column } from './columns.ts'
import type { GivenRow, TableShape } from './read-table.ts'

/** What a file would change. */
export interface Plan<Row> {
  rows: number
  new: Row[]
  changed: Row[]
  unchanged: number
  problems: RowProblem[]
}

interface Planning<Row> extends TableShape<Row> {
  /** The rows that there are, by the name that `nameOf` gives them. */
  existing: ReadonlyMap<string, Row>
  /** What is wrong with a whole row, and in which column. */
  check?(row: Row, before: Row | undefined): Omit<RowProblem, 'line'> | undefined
}

/** What names a row, as one text. */
export function nameOf<Row>(row: Partial<Row>, key: TableShape<Row>['key']): string {
  return JSON.stringify(key.map((column) => row[column]))
}

/**
 * Compares what a file gives with what there is. A column that the file does not have stays as it is, or gets its default
 * where the row is new.
 */
export function planOf<Row extends object>(
  given: readonly GivenRow<Row>[],
  planning: Planning<Row>,
): Plan<Row> {
  const plan: Plan<Row> = { rows: given.length, new: [], changed: [], unchanged: 0, problems: [] }
  const lines = new Map<string, number>()
  for (const { line, given: cells } of given) {
    const name = nameOf(cells, planning.key)
    const before = planning.existing.get(name)
    const earlier = lines.get(name)
    const outcome =
      earlier === undefined
        ? completed(cells, before, planning)
        : problem(planning.key[0] ?? null, `line ${earlier} is about the same`, 'Delete one of the two.')
    lines.set(name, line)
    if ('message' in outcome) plan.problems.push({ line, ...outcome })
    else if (before === undefined) plan.new.push(outcome.row)
    else if (isSame(outcome.row, before, planning)) plan.unchanged += 1
    else plan.changed.push(outcome.row)
  }
  return plan
}

const problem = (column: string | null, message: string, hint: string) => ({ column, message, hint })

function completed<Row extends object>(
  cells: Partial<Row>,
  before: Row | undefined,
  { columns, check }: Planning<Row>,
): { row: Row } | Omit<RowProblem, 'line'> {
  const row = { ...before, ...cells }
  for (const name of Object.keys(columns) as (keyof Row & string)[]) {
    const column: Column<Row[typeof name]> = columns[name]
    if (name in row) continue
    if (column.empty === 'required') return problem(name, 'is new, and has none', column.hint)
    row[name] = column.empty.value
  }
  // Every column has a value now.
  const whole = row as Row
  return check?.(whole, before) ?? { row: whole }
}

function isSame<Row extends object>(a: Row, b: Row, { columns }: Planning<Row>): boolean {
  return (Object.keys(columns) as (keyof Row & string)[]).every(
    (name) => columns[name].write(a[name]) === columns[name].write(b[name]),
  )
}
