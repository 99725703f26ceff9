import { Table } from '../../../lib/page/table.tsx'
import type { TableScore } from '../tables/table-score.ts'

export interface TableScoreSectionProps {
  id: string
  title: string
  score: TableScore
}

/** The rows of a table and what they mean. */
export function TableScoreSection({ id, title, score }: TableScoreSectionProps) {
  const [titles = [], ...rows] = score.rows
  return (
    <section class="card" id={id}>
      <h2>{title}</h2>
      <Table<readonly string[]>
        columns={titles.map((name, n) => ({ name, cell: (cells) => cells[n] }))}
        rows={rows}
      />
      {score.remarks.map((remark) => (
        <p>{remark}</p>
      ))}
    </section>
  )
}
