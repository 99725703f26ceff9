import type { TicketsTable } from '../../store/records/schema.ts'
import type { TicketCommand } from './command.ts'

type WorkState = TicketsTable['work_state']
type OperatorState = TicketsTable['operator_state']

/** What decides whether a command is allowed. */
export interface TicketStates {
  work: WorkState
  operator: OperatorState
  /** The owner is waited for. */
  waitingForOwner: boolean
}

export type TransitionDecision = { is: 'allowed'; states: TicketStates } | { is: 'refused'; because: string }

type CommandName = TicketCommand['do']

/** The work on a ticket: each command, from which states, and where it leads. */
const workTransitions: Partial<Record<CommandName, { from: readonly WorkState[]; to: WorkState }>> = {
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
const operatorTransitions: Partial<
  Record<CommandName, { from: readonly OperatorState[]; to: OperatorState }>
> = {
  acknowledge: { from: ['unacknowledged'], to: 'acknowledged' },
  shelve: { from: ['unacknowledged', 'acknowledged'], to: 'shelved' },
  unshelve: { from: ['shelved'], to: 'acknowledged' },
}

const activeWorkStates: readonly WorkState[] = ['open', 'assigned', 'en_route', 'in_progress']
/** In these states a visit can be agreed on, and the owner be waited for. */
const schedulableStates: readonly WorkState[] = ['open', 'assigned']

/**
 * The state machines of a ticket: work state and operator state. (The third, its condition, follows from findings alone:
 * see `join-ticket.ts`.) A shelved ticket is put aside: nobody is sent before it is taken up again.
 * @returns the new states, or why the command is refused and what would be possible
 */
export function decideTransition(states: TicketStates, { do: did }: TicketCommand): TransitionDecision {
  const step = workTransitions[did]
  if (step !== undefined) return decideWork(states, did, step)
  const change = operatorTransitions[did]
  if (change !== undefined) return decideOperator(states, did, change)
  return decideAuxiliary(states, did)
}

function decideWork(
  states: TicketStates,
  did: CommandName,
  { from, to }: { from: readonly WorkState[]; to: WorkState },
): TransitionDecision {
  if (!from.includes(states.work)) {
    return rejected(
      `${did} is possible while the work is ${from.join(' or ')}, and it is ${states.work}`,
      states,
    )
  }
  if (states.operator === 'shelved' && did !== 'cancel') {
    return rejected(`${did} is not possible while the ticket is shelved: unshelve it first`, states)
  }
  // Whoever stands before the appliance has been let in.
  const waiting = states.waitingForOwner && to !== 'in_progress' && activeWorkStates.includes(to)
  const operatorState = did === 'assign' ? acknowledged(states.operator) : states.operator
  return { is: 'allowed', states: { work: to, operator: operatorState, waitingForOwner: waiting } }
}

function decideOperator(
  states: TicketStates,
  did: CommandName,
  { from, to }: { from: readonly OperatorState[]; to: OperatorState },
): TransitionDecision {
  if (!activeWorkStates.includes(states.work)) {
    return rejected(`${did} is possible until the work is resolved, and it is ${states.work}`, states)
  }
  if (!from.includes(states.operator)) {
    return rejected(
      `${did} is possible while the ticket is ${from.join(' or ')}, and it is ${states.operator}`,
      states,
    )
  }
  if (did === 'shelve' && states.work !== 'open') {
    return rejected(`shelve is possible while nobody has the work, and it is ${states.work}`, states)
  }
  return { is: 'allowed', states: { ...states, operator: to } }
}

function decideAuxiliary(states: TicketStates, did: CommandName): TransitionDecision {
  const allowed = (waiting: boolean): TransitionDecision => ({
    is: 'allowed',
    states: { ...states, waitingForOwner: waiting },
  })
  if (did === 'note') return allowed(states.waitingForOwner)
  if (did === 'owner_answered') {
    return states.waitingForOwner ? allowed(false) : rejected('the owner is not waited for', states)
  }
  if (!schedulableStates.includes(states.work)) {
    return rejected(
      `${did} is possible while the work is ${schedulableStates.join(' or ')}, and it is ${states.work}`,
      states,
    )
  }
  if (did === 'book_visit') return allowed(false)
  return states.waitingForOwner ? rejected('the owner is waited for already', states) : allowed(true)
}

function acknowledged(state: OperatorState): OperatorState {
  return state === 'unacknowledged' ? 'acknowledged' : state
}

function rejected(because: string, states: TicketStates): TransitionDecision {
  const possible = allowedCommands(states)
  return { is: 'refused', because: `${because}. Possible now: ${possible.join(', ')}.` }
}

/** What could be done instead, by name. */
export function allowedCommands(states: TicketStates): CommandName[] {
  const { work: at, operator: by, waitingForOwner: waiting } = states
  const workable = (Object.keys(workTransitions) as CommandName[]).filter(
    (did) => workTransitions[did]?.from.includes(at) && (by !== 'shelved' || did === 'cancel'),
  )
  const operable = activeWorkStates.includes(at)
    ? (Object.keys(operatorTransitions) as CommandName[]).filter(
        (did) => operatorTransitions[did]?.from.includes(by) && (did !== 'shelve' || at === 'open'),
      )
    : []
  const visitable: CommandName[] = schedulableStates.includes(at)
    ? ['book_visit', ...(waiting ? [] : (['wait_for_owner'] as const))]
    : []
  return [...workable, ...operable, ...visitable, ...(waiting ? (['owner_answered'] as const) : []), 'note']
}
