import { z } from 'zod'
import type { Rejection } from './rejection.ts'

/** A text field of a device, as stored in databases: short and without control characters. */
export const shortText = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Surrogate}]*$/u, 'control characters are not allowed')

/** Turn zod's first issue into a rejection. Numbers beyond the range of a double have a reason of their own. */
export function toRejection(error: z.ZodError, input: unknown): Rejection {
  const [issue] = error.issues
  if (issue === undefined) return { reason: 'wrong_type', detail: 'not of the expected shape' }
  const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  const found = valueAt(input, issue.path)
  const reason = typeof found === 'number' && !Number.isFinite(found) ? 'not_finite' : 'wrong_type'
  return { reason, detail: `${where}${issue.message}` }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
