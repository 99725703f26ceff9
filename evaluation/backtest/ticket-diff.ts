import type { BacktestTicket, FindingLog } from './finding-log.ts'

/** A ticket of one rule set, without its evidence. */
export interface TicketDiffEntry {
  device: string
  component: string
  epoch: number
  rule: string
  openedAt: number
}

interface MovedTicket extends TicketDiffEntry {
  /** When the live rules open it, ms. */
  liveOpenedAt: number
}

/** The tickets of the candidate, and those that differ from the live rules, by device. */
export interface TicketDiff {
  candidate: number
  /** Absent where the live rules were not replayed. */
  live?: number
  gained: TicketDiffEntry[]
  lost: TicketDiffEntry[]
  /** Opened by both rule sets at different times, one of them perhaps in the warm-up. */
  moved: MovedTicket[]
}

/**
 * Compare the tickets opened in the period that counts. A ticket that the other rule set opened in the warm-up is moved,
 * neither gained nor lost.
 */
export function diffTickets(candidate: FindingLog, live: FindingLog | undefined): TicketDiff {
  const opened = candidate.tickets()
  if (live === undefined) return { candidate: opened.size, gained: [], lost: [], moved: [] }
  const liveOpened = live.tickets()
  const diff: TicketDiff = {
    candidate: opened.size,
    live: liveOpened.size,
    gained: [],
    lost: [],
    moved: [],
  }
  for (const key of new Set([...opened.keys(), ...liveOpened.keys()])) {
    const [own, other] = [candidate.ticketFor(key), live.ticketFor(key)]
    if (own && !other) diff.gained.push(toDiffEntry(own))
    else if (other && !own) diff.lost.push(toDiffEntry(other))
    else if (own && other && own.openedAt !== other.openedAt)
      diff.moved.push({ ...toDiffEntry(own), liveOpenedAt: other.openedAt })
  }
  for (const entries of [diff.gained, diff.lost, diff.moved]) entries.sort(byDevice)
  return diff
}

function toDiffEntry({ device, component, epoch, rule, openedAt }: BacktestTicket): TicketDiffEntry {
  return { device, component, epoch, rule, openedAt }
}

const byDevice = (a: TicketDiffEntry, b: TicketDiffEntry): number =>
  a.device === b.device ? a.openedAt - b.openedAt : a.device < b.device ? -1 : 1
