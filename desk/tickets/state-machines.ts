import type { TicketsTable } from '../../store/records/schema.ts'
import type { TicketCommand } from './command.ts'

type WorkState = TicketsTable['work_state']
type OperatorState = TicketsTable['operator_state']

/** States that decide whether a command is allowed. */
export interface TicketStates {
  work: WorkState
  operator: OperatorState
  /** The ticket waits for its owner, and its clocks are paused. */
  waitingForOwner: boolean
}

export type TransitionDecision = { is: 'allowed'; states: TicketStates } | { is: 'rejected'; reason: string }

type CommandName = TicketCommand['do']

/** Transitions of the work state, by command. */
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

/** Transitions of the operator state, by command; only while the work is active. */
const operatorTransitions: Partial<
  Record<CommandName, { from: readonly OperatorState[]; to: OperatorState }>
> = {
  acknowledge: { from: ['unacknowledged'], to: 'acknowledged' },
  shelve: { from: ['unacknowledged', 'acknowledged'], to: 'shelved' },
  unshelve: { from: ['shelved'], to: 'acknowledged' },
}

const activeWorkStates: readonly WorkState[] = ['open', 'assigned', 'en_route', 'in_progress']
/** States in which a visit can be booked, and the ticket can wait for its owner. */
const schedulableStates: readonly WorkState[] = ['open', 'assigned']

/**
 * Decide whether a command is allowed by the state machines of a ticket: work state and operator state. (Its condition
 * depends on findings only: see `summarize-ticket.ts`.) Work on a shelved ticket is not possible until it is unshelved.
 * @returns the new states, or the reason for the rejection with the possible commands
 */
export function decideTransition(states: TicketStates, { do: command }: TicketCommand): TransitionDecision {
  const step = workTransitions[command]
  if (step !== undefined) return decideWork(states, command, step)
  const change = operatorTransitions[command]
  if (change !== undefined) return decideOperator(states, command, change)
  return decideAuxiliary(states, command)
}

function decideWork(
  states: TicketStates,
  command: CommandName,
  { from, to }: { from: readonly WorkState[]; to: WorkState },
): TransitionDecision {
  if (!from.includes(states.work)) {
    return rejected(
      `${command} is possible while the work is ${from.join(' or ')}, but it is ${states.work}`,
      states,
    )
  }
  if (states.operator === 'shelved' && command !== 'cancel') {
    return rejected(`${command} is not possible while the ticket is shelved: unshelve it first`, states)
  }
  // When work begins, the owner has let the technician in.
  const waitingForOwner = states.waitingForOwner && to !== 'in_progress' && activeWorkStates.includes(to)
  const operatorState = command === 'assign' ? acknowledged(states.operator) : states.operator
  return { is: 'allowed', states: { work: to, operator: operatorState, waitingForOwner } }
}

function decideOperator(
  states: TicketStates,
  command: CommandName,
  { from, to }: { from: readonly OperatorState[]; to: OperatorState },
): TransitionDecision {
  if (!activeWorkStates.includes(states.work)) {
    return rejected(`${command} is possible until the work is resolved, but it is ${states.work}`, states)
  }
  if (!from.includes(states.operator)) {
    return rejected(
      `${command} is possible while the ticket is ${from.join(' or ')}, but it is ${states.operator}`,
      states,
    )
  }
  if (command === 'shelve' && states.work !== 'open') {
    return rejected(`shelve is possible while no technician has the work, but it is ${states.work}`, states)
  }
  return { is: 'allowed', states: { ...states, operator: to } }
}

function decideAuxiliary(states: TicketStates, command: CommandName): TransitionDecision {
  const allowed = (waiting: boolean): TransitionDecision => ({
    is: 'allowed',
    states: { ...states, waitingForOwner: waiting },
  })
  if (command === 'note') return allowed(states.waitingForOwner)
  if (command === 'owner_answered') {
    return states.waitingForOwner
      ? allowed(false)
      : rejected('the ticket does not wait for its owner', states)
  }
  if (!schedulableStates.includes(states.work)) {
    return rejected(
      `${command} is possible while the work is ${schedulableStates.join(' or ')}, but it is ${states.work}`,
      states,
    )
  }
  if (command === 'book_visit') return allowed(false)
  return states.waitingForOwner ? rejected('the ticket waits for its owner already', states) : allowed(true)
}

function acknowledged(state: OperatorState): OperatorState {
  return state === 'unacknowledged' ? 'acknowledged' : state
}

function rejected(reason: string, states: TicketStates): TransitionDecision {
  const possible = allowedCommands(states)
  return { is: 'rejected', reason: `${reason}. Possible now: ${possible.join(', ')}.` }
}

/** Return the names of the commands that are allowed. */
export function allowedCommands(states: TicketStates): CommandName[] {
  const { work, operator, waitingForOwner } = states
  const workable = (Object.keys(workTransitions) as CommandName[]).filter(
    (name) => workTransitions[name]?.from.includes(work) && (operator !== 'shelved' || name === 'cancel'),
  )
  const operable = activeWorkStates.includes(work)
    ? (Object.keys(operatorTransitions) as CommandName[]).filter(
        (name) =>
          operatorTransitions[name]?.from.includes(operator) && (name !== 'shelve' || work === 'open'),
      )
    : []
  const visitable: CommandName[] = schedulableStates.includes(work)
    ? ['book_visit', ...(waitingForOwner ? [] : (['wait_for_owner'] as const))]
    : []
  return [
    ...workable,
    ...operable,
    ...visitable,
    ...(waitingForOwner ? (['owner_answered'] as const) : []),
    'note',
  ]
}
