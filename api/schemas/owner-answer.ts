import { z } from 'zod'
import type { OwnerAnswer } from '../../desk/owners/owner-answer.ts'
import { dayMs, hourMs } from '../../lib/time.ts'
import { timeField } from './fields.ts'
/** Answer of an owner to a notice. */
export const ownerAnswerBody = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('book'), from: timeField, until: timeField }),
  z.strictObject({
    action: z.literal('snooze'),
    forMs: z
      .int()
      .min(hourMs)
      .max(60 * dayMs)
      .default(7 * dayMs)
      .describe('Snooze duration, ms; 1 hour to 60 days.'),
  }),
  z.strictObject({ action: z.literal('done_myself') }),
  z.strictObject({ action: z.literal('not_interested') }),
  z.strictObject({
    action: z.literal('rate'),
    score: z.int().min(1).max(5),
    comment: z.string().trim().max(2_000).optional(),
  }),
]) satisfies z.ZodType<OwnerAnswer>
