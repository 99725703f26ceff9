import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  name: string
  /** Text is aligned left, numbers (the default) right; a drawing sets its own width. */
  content?: 'text' | 'drawing'
  cell(row: Row): ComponentChildren
}

export interface TableProps<Row> {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowClass?: (row: Row) => string | undefined
  /** Rows shown at most. */
  limit?: number
  /** Text below a table of which not all rows are shown. */
  more?: (hidden: number) => string
}

/** A table that scrolls sideways where its place is narrow; the first cell of a row is its heading. */
export function Table<Row>({ columns, rows, rowClass, limit = rows.length, more }: TableProps<Row>) {
  const hidden = rows.length - limit
  return (
    <>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {columns.map(({ name, content }) => (
                <th key={name} scope="col" class={content}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, limit).map((row, index) => (
              <tr key={index} class={rowClass?.(row)}>
                {columns.map((column, n) => (n === 0 ? rowHeading(column, row) : dataCell(column, row)))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hidden > 0 && more ? <p>{more(hidden)}</p> : null}
    </>
  )
}

const rowHeading = <Row,>({ content, cell }: Column<Row>, row: Row) => (
  <th scope="row" class={content}>
    {cell(row)}
  </th>
)

const dataCell = <Row,>({ content, cell }: Column<Row>, row: Row) => <td class={content}>{cell(row)}</td>
