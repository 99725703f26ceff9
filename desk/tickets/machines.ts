import type { TicketsTable } from '../../store/records/schema.ts'
import type { TicketCommand } from './command.ts'

type WorkState = TicketsTable['work_state']
type OperatorState = TicketsTable['operator_state']

/** What decides whether a command is allowed. */
export interface TicketStates {
  work: WorkState
  operator: OperatorState
  /** The owner is waited for. */
  waiting: boolean
}

export type Decision = { is: 'allowed'; states: TicketStates } | { is: 'refused'; because: string }

type Did = TicketCommand['do']

/** The work on a ticket: each command, from which states, and where it leads. */
const work: Partial<Record<Did, { from: readonly WorkState[]; to: WorkState }>> = {
  assign: { from: ['open', 'assigned', 'en_route'], to: 'assigned' },
  unassign: { from: ['assigned', 'en_route'], to: 'open' },
  depart: { from: ['assigned'], to: 'en_route' },
  arrive: { from: ['assigned', 'en_route'], to: 'in_progress' },
  resolve: { from: ['in_progress'], to: 'resolved' },
  reopen: { from: ['resolved'], to: 'open' },
  close: { from: ['resolved'], to: 'closed' },
  cancel: { from: ['open', 'assigned', 'en_route'], to: 'cancelled' },
}

/** What an operator makes of it, while there is something to make of it. */
const operator: Partial<Record<Did, { from: readonly OperatorState[]; to: OperatorState }>> = {
  acknowledge: { from: ['unacknowledged'], to: 'acknowledged' },
  shelve: { from: ['unacknowledged', 'acknowledged'], to: 'shelved' },
  unshelve: { from: ['shelved'], to: 'acknowledged' },
}

const unfinished: readonly WorkState[] = ['open', 'assigned', 'en_route', 'in_progress']
/** In these states a visit can be agreed on, and the owner be waited for. */
const beforeVisit: readonly WorkState[] = ['open', 'assigned']

/**
 * The state machines of a ticket: work state and operator state. (The third, its condition, follows from findings alone:
 * see `fold-ticket.ts`.) A shelved ticket is put aside: nobody is sent before it is taken up again.
 * @returns the new states, or why the command is refused and what would be possible
 */
export function decide(states: TicketStates, { do: did }: TicketCommand): Decision {
  const step = work[did]
  if (step !== undefined) return decideWork(states, did, step)
  const change = operator[did]
  if (change !== undefined) return decideOperator(states, did, change)
  return decideBeside(states, did)
}

function decideWork(
  states: TicketStates,
  did: Did,
  { from, to }: { from: readonly WorkState[]; to: WorkState },
): Decision {
  if (!from.includes(states.work)) {
    return refused(
      `${did} is possible while the work is ${from.join(' or ')}, and it is ${states.work}`,
      states,
    )
  }
  if (states.operator === 'shelved' && did !== 'cancel') {
    return refused(`${did} is not possible while the ticket is shelved: unshelve it first`, states)
  }
  // Whoever stands before the appliance has been let in.
  const waiting = states.waiting && to !== 'in_progress' && unfinished.includes(to)
  const operatorState = did === 'assign' ? acknowledged(states.operator) : states.operator
  return { is: 'allowed', states: { work: to, operator: operatorState, waiting } }
}

function decideOperator(
  states: TicketStates,
  did: Did,
  { from, to }: { from: readonly OperatorState[]; to: OperatorState },
): Decision {
  if (!unfinished.includes(states.work)) {
    return refused(`${did} is possible until the work is resolved, and it is ${states.work}`, states)
  }
  if (!from.includes(states.operator)) {
    return refused(
      `${did} is possible while the ticket is ${from.join(' or ')}, and it is ${states.operator}`,
      states,
    )
  }
  if (did === 'shelve' && states.work !== 'open') {
    return refused(`shelve is possible while nobody has the work, and it is ${states.work}`, states)
  }
  return { is: 'allowed', states: { ...states, operator: to } }
}

function decideBeside(states: TicketStates, did: Did): Decision {
  const allowed = (waiting: boolean): Decision => ({ is: 'allowed', states: { ...states, waiting } })
  if (did === 'note') return allowed(states.waiting)
  if (did === 'owner_answered') {
    return states.waiting ? allowed(false) : refused('the owner is not waited for', states)
  }
  if (!beforeVisit.includes(states.work)) {
    return refused(
      `${did} is possible while the work is ${beforeVisit.join(' or ')}, and it is ${states.work}`,
      states,
    )
  }
  if (did === 'book_visit') return allowed(false)
  return states.waiting ? refused('the owner is waited for already', states) : allowed(true)
}

function acknowledged(state: OperatorState): OperatorState {
  return state === 'unacknowledged' ? 'acknowledged' : state
}

function refused(because: string, states: TicketStates): Decision {
  const possible = possibleCommands(states)
  return { is: 'refused', because: `${because}. Possible now: ${possible.join(', ')}.` }
}

/** What could be done instead, by name. */
export function possibleCommands(states: TicketStates): Did[] {
  const { work: at, operator: by, waiting } = states
  const workable = (Object.keys(work) as Did[]).filter(
    (did) => work[did]?.from.includes(at) && (by !== 'shelved' || did === 'cancel'),
  )
  const operable = unfinished.includes(at)
    ? (Object.keys(operator) as Did[]).filter(
        (did) => operator[did]?.from.includes(by) && (did !== 'shelve' || at === 'open'),
      )
    : []
  const visitable: Did[] = beforeVisit.includes(at)
    ? ['book_visit', ...(waiting ? [] : (['wait_for_owner'] as const))]
    : []
  return [...workable, ...operable, ...visitable, ...(waiting ? (['owner_answered'] as const) : []), 'note']
}
