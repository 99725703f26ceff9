import { z } from 'zod'
import type { DeadLetter } from '../../workers/dead-letters.ts'

export const deadLetterSchema = z
  .object({
    id: z.string(),
    source: z.string().describe('Journal consumer or queue that failed to process it.'),
    device: z.string().nullable(),
    error: z.string().describe('Last error message.'),
    attempts: z.int(),
    at: z.coerce.date().describe('Time of the last attempt.'),
    content: z.unknown().describe('Original entry or job.'),
  })
  .meta({
    id: 'DeadLetter',
    description: 'Entry or job that could not be processed, kept until retried or deleted.',
  })

export function toDeadLetterResponse({ at, ...letter }: DeadLetter): z.output<typeof deadLetterSchema> {
  return { ...letter, at: new Date(at) }
}

export const deadLetterOutcomeSchema = z
  .object({
    outcome: z
      .enum(['settled', 'queued', 'failed', 'waiting'])
      .describe(
        '`settled`: done. `queued`: a job with all its attempts again. `failed`: tried, and kept. ' +
          '`waiting`: it is done when its consumer has time, which waits for a part that is away.',
      ),
    error: z.string().optional().describe('With `failed`: the error.'),
  })
  .meta({ id: 'DeadLetterOutcome' })
