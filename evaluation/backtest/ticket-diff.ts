import type { BacktestTicket, FindingLog } from './finding-log.ts'

/** A ticket of one side, without what it would show. */
export interface TicketDiffEntry {
  device: string
  component: string
  epoch: number
  rule: string
  openedAt: number
}

interface MovedTicket extends TicketDiffEntry {
  /** When the live rules open it. */
  liveOpenedAt: number
}

/** What the desk would have got from the candidates, and where that differs from the live rules. By device. */
export interface TicketDiff {
  candidate: number
  /** Absent where the live rules did not run beside. */
  live?: number
  gained: TicketDiffEntry[]
  lost: TicketDiffEntry[]
  /** On both sides, not at the same time; on one of them perhaps before it counted. */
  moved: MovedTicket[]
}

/**
 * Compares what was opened while it counted. A ticket that the other side had opened before is moved, neither gained nor
 * lost.
 */
export function diffTickets(candidate: FindingLog, live: FindingLog | undefined): TicketDiff {
  const opened = candidate.tickets()
  if (live === undefined) return { candidate: opened.size, gained: [], lost: [], moved: [] }
  const liveOpened = live.tickets()
  const changes: TicketDiff = {
    candidate: opened.size,
    live: liveOpened.size,
    gained: [],
    lost: [],
    moved: [],
  }
  for (const key of new Set([...opened.keys(), ...liveOpened.keys()])) {
    const [own, other] = [candidate.ticketFor(key), live.ticketFor(key)]
    if (own && !other) changes.gained.push(toDiffEntry(own))
    else if (other && !own) changes.lost.push(toDiffEntry(other))
    else if (own && other && own.openedAt !== other.openedAt)
      changes.moved.push({ ...toDiffEntry(own), liveOpenedAt: other.openedAt })
  }
  for (const lines of [changes.gained, changes.lost, changes.moved]) lines.sort(byDevice)
  return changes
}

function toDiffEntry({ device, component, epoch, rule, openedAt }: BacktestTicket): TicketDiffEntry {
  return { device, component, epoch, rule, openedAt }
}

const byDevice = (a: TicketDiffEntry, b: TicketDiffEntry): number =>
  a.device === b.device ? a.openedAt - b.openedAt : a.device < b.device ? -1 : 1
