import { escaped } from '../../../lib/escaped.ts'
import type { TicketChanges, TicketLine } from '../compare-tickets.ts'
import { count, day } from '../text.ts'

const mostRows = 500

interface Row {
  change: 'gained' | 'lost' | 'earlier' | 'later'
  ticket: TicketLine
  candidateAt: number | undefined
  liveAt: number | undefined
}

/** How many tickets there would have been, and those that differ, by device. */
export function ticketTable(tickets: TicketChanges): string {
  const { candidate, live } = tickets
  if (live === undefined) return `<p>${count(candidate)} tickets.</p>`
  const rows = rowsOf(tickets)
  const number = (change: Row['change']) => count(rows.filter((row) => row.change === change).length)
  const summary =
    `${count(live)} from the live rules, ${count(candidate)} from the candidate: ${number('gained')} gained, ` +
    `${number('lost')} lost, ${number('earlier')} earlier, ${number('later')} later.`
  if (rows.length === 0) return `<p>${summary}</p>`
  const more = rows.length > mostRows ? `<p>… and ${count(rows.length - mostRows)} more.</p>` : ''
  const head =
    '<tr><th>device</th><th class="text">component</th><th class="text">rule</th><th class="text">change</th>' +
    '<th>candidate</th><th>live</th></tr>'
  const body = rows.slice(0, mostRows).map(line).join('')
  return `<p>${summary}</p><div class="scroll"><table>${head}${body}</table></div>${more}`
}

function rowsOf({ gained, lost, moved }: TicketChanges): Row[] {
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
  ticket: TicketLine,
  times: { candidateAt?: number; liveAt?: number },
): Row {
  return { change, ticket, candidateAt: times.candidateAt, liveAt: times.liveAt }
}

function line({ change, ticket, candidateAt, liveAt }: Row): string {
  const { device, component, rule } = ticket
  const at = (ts: number | undefined) => (ts === undefined ? '–' : day(ts))
  return (
    `<tr><td>${escaped(device)}</td><td class="text">${escaped(component)}</td><td class="text">${escaped(rule)}</td>` +
    `<td class="text ${change}">${change}</td><td>${at(candidateAt)}</td><td>${at(liveAt)}</td></tr>`
  )
}
