import { type Column, Table } from '../../../lib/page/table.tsx'
import { formatCount, formatDay } from '../report-text.ts'
import type { TicketDiff, TicketDiffEntry } from '../ticket-diff.ts'

const maxRows = 500

interface Row extends Pick<TicketDiffEntry, 'device' | 'component' | 'rule'> {
  change: 'gained' | 'lost' | 'earlier' | 'later'
  candidateAt?: number
  liveAt?: number
}

const formatTime = (ts: number | undefined) => (ts === undefined ? '–' : formatDay(ts))

const columns: readonly Column<Row>[] = [
  { name: 'device', content: 'text', cell: ({ device }) => device },
  { name: 'component', content: 'text', cell: ({ component }) => component },
  { name: 'rule', content: 'text', cell: ({ rule }) => rule },
  { name: 'change', content: 'text', cell: ({ change }) => <span class={change}>{change}</span> },
  { name: 'candidate', cell: ({ candidateAt }) => formatTime(candidateAt) },
  { name: 'live', cell: ({ liveAt }) => formatTime(liveAt) },
]

/** The number of tickets, and those that differ between the two rule sets, by device. */
export function TicketTable({ tickets }: { tickets: TicketDiff }) {
  const { candidate, live } = tickets
  if (live === undefined) return <p>{formatCount(candidate)} tickets.</p>
  const rows = rowsOf(tickets)
  const count = (change: Row['change']) => formatCount(rows.filter((row) => row.change === change).length)
  return (
    <>
      <p>
        {`${formatCount(live)} from the live rules, ${formatCount(candidate)} from the candidate: ${count('gained')} gained, ` +
          `${count('lost')} lost, ${count('earlier')} earlier, ${count('later')} later.`}
      </p>
      {rows.length === 0 ? null : (
        <Table
          columns={columns}
          rows={rows}
          limit={maxRows}
          more={(hidden) => `… and ${formatCount(hidden)} more.`}
        />
      )}
    </>
  )
}

function rowsOf({ gained, lost, moved }: TicketDiff): Row[] {
  const rows: Row[] = [
    ...gained.map((ticket): Row => ({ ...ticket, change: 'gained', candidateAt: ticket.openedAt })),
    ...lost.map((ticket): Row => ({ ...ticket, change: 'lost', liveAt: ticket.openedAt })),
    ...moved.map((ticket): Row => {
      const { openedAt: candidateAt, liveOpenedAt: liveAt } = ticket
      return { ...ticket, change: candidateAt < liveAt ? 'earlier' : 'later', candidateAt, liveAt }
    }),
  ]
  return rows.sort((a, b) => (a.device < b.device ? -1 : 1))
}
