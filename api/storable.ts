import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

/** PostgreSQL cannot hold this character in a text, nor compare one with it. */
export const isStorable = (value: unknown) => typeof value !== 'string' || !value.includes('\0')

/** Refuses requests that ask for, or bring, a text that no database takes. */
export function refuseUnstorable(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ params, query, body }) => {
    const isFine = [params, query, body].every((part) => valuesOf(part).every(isStorable))
    if (!isFine) throw new ApiError('invalid_request', 'The character NUL is not allowed.')
  })
}

function valuesOf(part: unknown): unknown[] {
  return typeof part === 'object' && part !== null ? Object.values(part).flat() : []
}
