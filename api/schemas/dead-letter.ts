import { z } from 'zod'
import type { DeadLetter } from '../../workers/dead-letters.ts'

export const deadLetterSchema = z
  .object({
    id: z.string(),
    source: z.string().describe('The consumer of the journal or the queue that could not handle it.'),
    device: z.string().nullable(),
    error: z.string().describe('Its last failure, in words.'),
    attempts: z.int(),
    at: z.coerce.date().describe('When it was given up.'),
    content: z.unknown().describe('What could not be handled, as it is.'),
  })
  .meta({ id: 'DeadLetter', description: 'What could not be handled, kept until somebody has looked at it.' })

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
    error: z.string().optional().describe('With `failed`: why.'),
  })
  .meta({ id: 'DeadLetterOutcome' })
