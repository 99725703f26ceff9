/** What an owner does with a notice. */
export type OwnerAnswer =
  | { action: 'book'; from: number; until: number }
  /** How long he wants to hear nothing of it, ms. */
  | { action: 'snooze'; forMs: number }
  | { action: 'done_myself' }
  | { action: 'not_interested' }
  /** 1 to 5. */
  | { action: 'rate'; score: number; comment?: string | undefined }

/** An answer with whose it is, to what, and when. */
export interface SubmittedAnswer {
  /** Names it: given again, it has no second effect. */
  id: string
  notice: string
  user: string
  /** ms since 1970 UTC. */
  at: number
  answer: OwnerAnswer
}

/** An answer that cannot be taken; the message says why. */
export class AnswerRejectedError extends Error {
  override readonly name = 'AnswerRejectedError'
  readonly code: 'unknown_notice' | 'not_allowed'

  constructor(why: AnswerRejectedError['code'], message: string) {
    super(message)
    this.code = why
  }
}
