import type { Replayed } from '../backtest.ts'
import type { TicketChanges } from '../compare-tickets.ts'
import { partKey, type WouldBeTicket } from '../ledger.ts'

export type Change = 'gained' | 'lost' | 'earlier' | 'later' | 'as live' | 'raised'

/** A part that is drawn: what each side would have opened for it, `ticket` being the one of them that there is. */
export interface ChosenPart {
  change: Change
  ticket: WouldBeTicket
  candidate?: WouldBeTicket
  live?: WouldBeTicket
}

const most = { gained: 12, lost: 12, moved: 8, all: 24 }

/** The parts that are worth a look: those whose tickets are gained, lost or moved farthest, then any others. */
export function chooseParts({ candidate, live }: Replayed, tickets: TicketChanges): ChosenPart[] {
  const farthest = tickets.moved.toSorted((a, b) => shift(b) - shift(a))
  const opened = [...candidate.tickets()]
  const chosen: [string, Change][] = [
    ...tickets.gained.slice(0, most.gained).map((line): [string, Change] => [partKey(line), 'gained']),
    ...tickets.lost.slice(0, most.lost).map((line): [string, Change] => [partKey(line), 'lost']),
    ...farthest
      .slice(0, most.moved)
      .map((line): [string, Change] => [
        partKey(line),
        line.openedAt < line.liveOpenedAt ? 'earlier' : 'later',
      ]),
  ]
  const known = new Set(chosen.map(([key]) => key))
  const others = opened.filter(([key]) => !known.has(key))
  const rest = others.map(([key]): [string, Change] => [key, live ? 'as live' : 'raised'])
  return [...chosen, ...rest].slice(0, most.all).flatMap(([key, change]) => {
    const [own, other] = [candidate.ticketOf(key), live?.ticketOf(key)]
    const ticket = own ?? other
    if (ticket === undefined) return []
    return [{ change, ticket, ...(own ? { candidate: own } : {}), ...(other ? { live: other } : {}) }]
  })
}

const shift = (line: { openedAt: number; liveOpenedAt: number }): number =>
  Math.abs(line.openedAt - line.liveOpenedAt)
