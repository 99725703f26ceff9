import type { Ledger, WouldBeTicket } from './ledger.ts'

/** A ticket of one side, without what it would show. */
export interface TicketLine {
  device: string
  component: string
  epoch: number
  rule: string
  openedAt: number
}

export interface MovedTicket extends TicketLine {
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
  /** On both sides, not at the same time. */
  moved: MovedTicket[]
}

/** Compares what was opened while it counted; a ticket that was open before is neither gained nor lost. */
export function compareTickets(candidate: Ledger, live: Ledger | undefined): TicketChanges {
  const opened = candidate.tickets()
  if (live === undefined) return { candidate: opened.size, gained: [], lost: [], moved: [] }
  const liveOpened = live.tickets()
  const both = [...opened].flatMap(([key, ticket]) => {
    const liveOpenedAt = liveOpened.get(key)?.openedAt
    return liveOpenedAt === undefined ? [] : [{ ...lineOf(ticket), liveOpenedAt }]
  })
  return {
    candidate: opened.size,
    live: liveOpened.size,
    gained: without(opened, live),
    lost: without(liveOpened, candidate),
    moved: byDevice(both.filter(({ openedAt, liveOpenedAt }) => openedAt !== liveOpenedAt)),
  }
}

function without(tickets: ReadonlyMap<string, WouldBeTicket>, other: Ledger): TicketLine[] {
  const only = [...tickets].filter(([key]) => other.ticketOf(key) === undefined)
  return byDevice(only.map(([, ticket]) => lineOf(ticket)))
}

function lineOf({ device, component, epoch, rule, openedAt }: WouldBeTicket): TicketLine {
  return { device, component, epoch, rule, openedAt }
}

function byDevice<T extends TicketLine>(tickets: readonly T[]): T[] {
  return tickets.toSorted((a, b) => (a.device === b.device ? a.openedAt - b.openedAt : order(a, b)))
}

const order = (a: TicketLine, b: TicketLine): number => (a.device < b.device ? -1 : 1)
