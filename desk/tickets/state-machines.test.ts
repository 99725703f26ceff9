import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TicketCommand } from './command.ts'
import { allowedCommands, decideTransition, type TicketStates } from './state-machines.ts'

const commands: readonly TicketCommand[] = [
  { do: 'acknowledge' },
  { do: 'shelve', until: 1 },
  { do: 'unshelve' },
  { do: 'assign', technician: 'x' },
  { do: 'unassign' },
  { do: 'depart' },
  { do: 'arrive' },
  { do: 'resolve', verdict: 'worn', cause: 'c', work: 'w', parts: [] },
  { do: 'reopen' },
  { do: 'close' },
  { do: 'cancel' },
  { do: 'wait_for_owner' },
  { do: 'owner_answered' },
  { do: 'book_visit', from: 1, until: 2 },
  { do: 'note', text: 't' },
]

/** The table of docs/service-desk.md, written down a second time: every transition of the work state that there is. */
const transitions = new Set([
  'assign open assigned',
  'assign assigned assigned',
  'assign en_route assigned',
  'unassign assigned open',
  'unassign en_route open',
  'depart assigned en_route',
  'arrive assigned in_progress',
  'arrive en_route in_progress',
  'resolve in_progress resolved',
  'reopen resolved open',
  'close resolved closed',
  'cancel open cancelled',
  'cancel assigned cancelled',
  'cancel en_route cancelled',
])

const begun: TicketStates = { work: 'open', operator: 'unacknowledged', waitingForOwner: false }

/** Every state that commands lead to, and how. */
function reachable() {
  const seen = new Map([[JSON.stringify(begun), begun]])
  const steps: { before: TicketStates; command: TicketCommand; after: TicketStates }[] = []
  for (const before of seen.values()) {
    for (const command of commands) {
      const decision = decideTransition(before, command)
      if (decision.is === 'rejected') continue
      steps.push({ before, command, after: decision.states })
      // Iterating over a map includes entries that are added meanwhile.
      seen.set(JSON.stringify(decision.states), decision.states)
    }
  }
  return { states: [...seen.values()], steps }
}

describe('the state machines of a ticket', () => {
  const { states, steps } = reachable()

  it('make exactly these transitions of the work state, and each is reachable', () => {
    const made = new Set(
      steps
        .filter(({ before, command, after }) => before.work !== after.work || command.do === 'assign')
        .map(({ before, command, after }) => `${command.do} ${before.work} ${after.work}`),
    )
    expect(made).toEqual(transitions)
  })

  it('allow only notes on closed and cancelled tickets', () => {
    for (const state of states.filter(({ work }) => work === 'closed' || work === 'cancelled')) {
      expect(commands.filter((one) => decideTransition(state, one).is === 'allowed')).toEqual([
        { do: 'note', text: 't' },
      ])
    }
  })

  it('allow no work on shelved tickets, and no waiting for the owner during work', () => {
    for (const { operator, work, waitingForOwner } of states) {
      if (operator === 'shelved') expect(['open', 'cancelled']).toContain(work)
      if (waitingForOwner) expect(['open', 'assigned', 'en_route']).toContain(work)
    }
  })

  it('list exactly the allowed commands', () => {
    fc.assert(
      fc.property(fc.constantFrom(...states), (state) => {
        const allowed = commands
          .filter((one) => decideTransition(state, one).is === 'allowed')
          .map((one) => one.do)
        expect([...allowedCommands(state)].sort()).toEqual([...allowed].sort())
      }),
    )
  })

  it('reject with a reason', () => {
    expect(decideTransition(begun, { do: 'arrive' })).toEqual({
      is: 'rejected',
      reason:
        'arrive is possible while the work is assigned or en_route, but it is open. ' +
        'Possible now: assign, cancel, acknowledge, shelve, book_visit, wait_for_owner, note.',
    })
  })
})
