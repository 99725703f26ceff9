import { Table } from '../../../lib/page/table.tsx'
import type { ScoredLifetimes } from './score-lifetimes.ts'

/** One dataset of lifetimes: the rows of its table and what they mean. */
export function LifetimesSection({ scored: { dataset, score } }: { scored: ScoredLifetimes }) {
  const [titles = [], ...rows] = score.rows
  return (
    <section class="card" id={dataset.name}>
      <h2>{dataset.title}</h2>
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
