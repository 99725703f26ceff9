import { z } from 'zod'
import type { noticeActions } from '../notices/notice.ts'

const hourMs = 3_600_000
const time = z.int().positive().describe('ms since 1970 UTC')

/** What an owner does with a notice. */
export const answerSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('book'), from: time, until: time }),
  z.strictObject({
    action: z.literal('snooze'),
    forMs: z
      .int()
      .min(hourMs)
      .max(60 * 24 * hourMs)
      .default(7 * 24 * hourMs)
      .describe('How long he wants to hear nothing of it, ms; an hour to 60 days.'),
  }),
  z.strictObject({ action: z.literal('done_myself') }),
  z.strictObject({ action: z.literal('not_interested') }),
  z.strictObject({
    action: z.literal('rate'),
    score: z.int().min(1).max(5),
    comment: z.string().trim().max(2_000).optional(),
  }),
]) satisfies z.ZodType<{ action: (typeof noticeActions)[number] }>

export type OwnerAnswer = z.output<typeof answerSchema>

/** An answer with whose it is, to what, and when. */
export interface GivenAnswer {
  /** Names it: given again, it has no second effect. */
  id: string
  notice: string
  user: string
  /** ms since 1970 UTC. */
  at: number
  answer: OwnerAnswer
}

/** An answer that cannot be taken; the message says why. */
export class AnswerRefusedError extends Error {
  override readonly name = 'AnswerRefusedError'
  readonly why: 'unknown_notice' | 'not_allowed'

  constructor(why: AnswerRefusedError['why'], message: string) {
    super(message)
    this.why = why
  }
}
