import type { Ledger, WouldBeTicket } from './ledger.ts'

/** A ticket of one side, without what it would show. */
export interface TicketLine {
  device: string
  component: string
  epoch: number
  rule: string
  openedAt: number
}

interface MovedTicket extends TicketLine {
  /** When the live rules open it. */
  liveOpenedAt: number
}

/** What the desk would have got from the candidates, and where that differs from the live rules. By device. */
export interface TicketChanges {
  candidate: number
  /** Absent where the live rules did not run beside. */
  live?: number
  gained: TicketLine[]
  lost: TicketLine[]
  /** On both sides, not at the same time; on one of them perhaps before it counted. */
  moved: MovedTicket[]
}

/**
 * Compares what was opened while it counted. A ticket that the other side had opened before is moved, neither gained nor
 * lost.
 */
export function compareTickets(candidate: Ledger, live: Ledger | undefined): TicketChanges {
  const opened = candidate.tickets()
  if (live === undefined) return { candidate: opened.size, gained: [], lost: [], moved: [] }
  const liveOpened = live.tickets()
  const changes: TicketChanges = {
    candidate: opened.size,
    live: liveOpened.size,
    gained: [],
    lost: [],
    moved: [],
  }
  for (const key of new Set([...opened.keys(), ...liveOpened.keys()])) {
    const [own, other] = [candidate.ticketOf(key), live.ticketOf(key)]
    if (own && !other) changes.gained.push(lineOf(own))
    else if (other && !own) changes.lost.push(lineOf(other))
    else if (own && other && own.openedAt !== other.openedAt)
      changes.moved.push({ ...lineOf(own), liveOpenedAt: other.openedAt })
  }
  for (const lines of [changes.gained, changes.lost, changes.moved]) lines.sort(byDevice)
  return changes
}

function lineOf({ device, component, epoch, rule, openedAt }: WouldBeTicket): TicketLine {
  return { device, component, epoch, rule, openedAt }
}

const byDevice = (a: TicketLine, b: TicketLine): number =>
  a.device === b.device ? a.openedAt - b.openedAt : a.device < b.device ? -1 : 1
