/** Answer of an owner to a notice. */
export type OwnerAnswer =
  | { action: 'book'; from: number; until: number }
  /** Delay of the reminder, ms. */
  | { action: 'snooze'; forMs: number }
  | { action: 'done_myself' }
  | { action: 'not_interested' }
  /** 1 to 5. */
  | { action: 'rate'; score: number; comment?: string | undefined }

/** Answer with its user, notice and time. */
export interface SubmittedAnswer {
  /** Idempotency key: an answer with the same id has no second effect. */
  id: string
  notice: string
  user: string
  /** ms since 1970 UTC. */
  at: number
  answer: OwnerAnswer
}

/** The answer was not applied; the message says why. */
export class AnswerRejectedError extends Error {
  override readonly name = 'AnswerRejectedError'
  readonly code: 'unknown_notice' | 'not_allowed'

  constructor(code: AnswerRejectedError['code'], message: string) {
    super(message)
    this.code = code
  }
}
