import { escapeHtml } from '../../../lib/escape-html.ts'
import { formatCount, formatDay } from '../report-text.ts'
import type { TicketDiff, TicketDiffEntry } from '../ticket-diff.ts'

const maxRows = 500

interface Row {
  change: 'gained' | 'lost' | 'earlier' | 'later'
  ticket: TicketDiffEntry
  candidateAt: number | undefined
  liveAt: number | undefined
}

/** How many tickets there would have been, and those that differ, by device. */
export function renderTicketTable(tickets: TicketDiff): string {
  const { candidate, live } = tickets
  if (live === undefined) return `<p>${formatCount(candidate)} tickets.</p>`
  const rows = rowsOf(tickets)
  const number = (change: Row['change']) => formatCount(rows.filter((row) => row.change === change).length)
  const summary =
    `${formatCount(live)} from the live rules, ${formatCount(candidate)} from the candidate: ${number('gained')} gained, ` +
    `${number('lost')} lost, ${number('earlier')} earlier, ${number('later')} later.`
  if (rows.length === 0) return `<p>${summary}</p>`
  const more = rows.length > maxRows ? `<p>… and ${formatCount(rows.length - maxRows)} more.</p>` : ''
  const head =
    '<tr><th>device</th><th class="text">component</th><th class="text">rule</th><th class="text">change</th>' +
    '<th>candidate</th><th>live</th></tr>'
  const body = rows.slice(0, maxRows).map(renderRow).join('')
  return `<p>${summary}</p><div class="scroll"><table>${head}${body}</table></div>${more}`
}

function rowsOf({ gained, lost, moved }: TicketDiff): Row[] {
  const rows: Row[] = [
    ...gained.map((ticket): Row => row('gained', ticket, { candidateAt: ticket.openedAt })),
    ...lost.map((ticket): Row => row('lost', ticket, { liveAt: ticket.openedAt })),
    ...moved.map((ticket): Row => {
      const { openedAt: candidateAt, liveOpenedAt: liveAt } = ticket
      return row(candidateAt < liveAt ? 'earlier' : 'later', ticket, { candidateAt, liveAt })
    }),
  ]
  return rows.sort((a, b) => (a.ticket.device < b.ticket.device ? -1 : 1))
}

function row(
  change: Row['change'],
  ticket: TicketDiffEntry,
  times: { candidateAt?: number; liveAt?: number },
): Row {
  return { change, ticket, candidateAt: times.candidateAt, liveAt: times.liveAt }
}

function renderRow({ change, ticket, candidateAt, liveAt }: Row): string {
  const { device, component, rule } = ticket
  const at = (ts: number | undefined) => (ts === undefined ? '–' : formatDay(ts))
  return (
    `<tr><td>${escapeHtml(device)}</td><td class="text">${escapeHtml(component)}</td><td class="text">${escapeHtml(rule)}</td>` +
    `<td class="text ${change}">${change}</td><td>${at(candidateAt)}</td><td>${at(liveAt)}</td></tr>`
  )
}
