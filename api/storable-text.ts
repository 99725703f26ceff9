import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

/** PostgreSQL cannot hold these in a text, nor compare one with them, nor half a surrogate pair in JSON. */
export const isStorableText = (value: unknown) =>
  typeof value !== 'string' || !(value.includes('\0') || /\p{Surrogate}/u.test(value))

/** Refuses requests that ask for, or bring, a text that no database takes. */
export function rejectUnstorableText(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    if ([params, query, body].every(isStorableDeep)) return
    throw new ApiError('invalid_request', 'NUL characters and unpaired surrogates are not allowed.')
  })
}

/** Not by recursion: a body may be as deep as it is long. */
function isStorableDeep(part: unknown): boolean {
  const waiting = [part]
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (!isStorableText(value)) return false
    // The bytes of a file are looked at by who reads it.
    if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
      for (const each of Object.values(value)) waiting.push(each)
    }
  }
  return true
}
