import type { TicketsTable } from '../../store/records/schema.ts'

/** Part that was installed. */
export interface UsedPart {
  part: string
  quantity: number
}

/** Service report of a technician. */
export interface Resolution {
  verdict: NonNullable<TicketsTable['verdict']>
  cause: string
  work: string
  parts: readonly UsedPart[]
  /** Time of the next service, ms since 1970 UTC. */
  nextServiceAt?: number
}

/** Command of a person or the desk itself on a ticket. `state-machines.ts` decides when each is allowed. */
export type TicketCommand =
  // operator state
  | { do: 'acknowledge' }
  | { do: 'shelve'; until: number }
  | { do: 'unshelve' }
  // work state
  /** `force`, here and below: also while the technician has another visit at that time. */
  | { do: 'assign'; technician: string; force?: boolean }
  | { do: 'unassign' }
  | { do: 'depart' }
  | { do: 'arrive' }
  | ({ do: 'resolve' } & Resolution)
  | { do: 'reopen' }
  | { do: 'close' }
  | { do: 'cancel' }
  // neither state
  | { do: 'wait_for_owner' }
  | { do: 'owner_answered' }
  | { do: 'book_visit'; from: number; until: number; force?: boolean }
  | { do: 'note'; text: string }

/** A command with its actor, reason and time. */
export interface CommandRequest {
  ticket: string
  /** `owner:<id>`, `technician:<id>`, `dispatcher:<name>`, `desk` for the program itself. */
  actor: string
  reason?: string
  /** ms since 1970 UTC. */
  at: number
  /** Idempotency key: a request with the same id has no second effect and returns the same result. */
  id: string
  /** Version of the ticket that the caller has seen; the command is rejected when it is another one now. */
  expectedVersion?: number
  command: TicketCommand
}

/** The command was not executed; the message says why, and which commands are possible. */
export class CommandRejectedError extends Error {
  override readonly name = 'CommandRejectedError'
  readonly code: 'unknown_ticket' | 'not_allowed' | 'changed_meanwhile'

  constructor(code: CommandRejectedError['code'], message: string) {
    super(message)
    this.code = code
  }
}
