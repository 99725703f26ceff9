import type { TicketsTable } from '../../store/records/schema.ts'

/** A part that was built in. */
export interface UsedPart {
  part: string
  quantity: number
}

/** What a technician says when he is done: the service report. */
export interface Resolution {
  verdict: NonNullable<TicketsTable['verdict']>
  cause: string
  work: string
  parts: readonly UsedPart[]
  /** When the appliance should be looked after next, ms. */
  nextServiceAt?: number
}

/** Everything that people, and the desk itself, may do to a ticket. Three state machines: see `state-machines.ts`. */
export type TicketCommand =
  // operator state
  | { do: 'acknowledge' }
  | { do: 'shelve'; until: number }
  | { do: 'unshelve' }
  // work state
  | { do: 'assign'; technician: string }
  | { do: 'unassign' }
  | { do: 'depart' }
  | { do: 'arrive' }
  | ({ do: 'resolve' } & Resolution)
  | { do: 'reopen' }
  | { do: 'close' }
  | { do: 'cancel' }
  // beside the states
  | { do: 'wait_for_owner' }
  | { do: 'owner_answered' }
  | { do: 'book_visit'; from: number; until: number }
  | { do: 'note'; text: string }

/** A command with who gives it, why and when. */
export interface CommandRequest {
  ticket: string
  /** `owner:<id>`, `technician:<id>`, `dispatcher:<name>`, `desk` for the program itself. */
  actor: string
  reason?: string
  /** ms since 1970 UTC. */
  at: number
  /** Names the order: given again, it has no second effect and answers as the first time. */
  id: string
  /** The version of the ticket that was looked at; another one refuses the command. */
  expectedVersion?: number
  command: TicketCommand
}

/** A command that is not carried out; the message says why, and what would be possible. */
export class CommandRejectedError extends Error {
  override readonly name = 'CommandRejectedError'
  readonly code: 'unknown_ticket' | 'not_allowed' | 'changed_meanwhile'

  constructor(why: CommandRejectedError['code'], message: string) {
    super(message)
    this.code = why
  }
}
