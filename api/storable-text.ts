import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

/** Tell whether PostgreSQL can store a value: no NUL in a text, no unpaired surrogate in JSON. */
export const isStorableText = (value: unknown) =>
  typeof value !== 'string' || !(value.includes('\0') || /\p{Surrogate}/u.test(value))

/** Reject requests whose parameters or body contain a text that the database cannot store. */
export function rejectUnstorableText(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    if ([params, query, body].every(isStorableDeep)) return
    throw new ApiError('invalid_request', 'NUL characters and unpaired surrogates are not allowed.')
  })
}

/** Without recursion: a body may be nested as deeply as it is long. */
function isStorableDeep(part: unknown): boolean {
  const waiting = [part]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (!isStorableText(value)) return false
    // The parser of a file checks its bytes.
    if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
      for (const each of Object.values(value)) waiting.push(each)
    }
  }
  return true
}
