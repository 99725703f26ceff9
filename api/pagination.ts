import { z } from 'zod'
import { ApiError } from './errors.ts'
import { isStorableText } from './storable-text.ts'

const MAX_LIMIT = 500

/** The query parameters that every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50).describe('Maximum number of items.'),
  cursor: z.string().max(1_000).optional().describe('Value of `next` from the previous page.'),
}

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Cursor of the next page; null on the last page.'),
  })
}

export interface Page<T> {
  items: T[]
  next: string | null
}

/**
 * A page out of the rows that were found, of which one more than `limit` was asked for.
 * @param keyOf what the list is sorted by: the next page begins after the last row's
 */
export function toPage<Row>(rows: Row[], limit: number, keyOf: (row: Row) => readonly string[]): Page<Row> {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return { items, next: last === undefined ? null : encode(keyOf(last)) }
}

const key = z.string().refine(isStorableText)
const timeAndId = z.tuple([z.iso.datetime().refine((text) => !Number.isNaN(Date.parse(text))), key])

/** The cursor of a list that is sorted by time, then id. */
export function timeCursor(cursor: string): { at: Date; id: string } {
  const parsed = timeAndId.safeParse(decode(cursor))
  if (!parsed.success) throw invalidCursor()
  const [at, id] = parsed.data
  return { at: new Date(at), id }
}

/** The cursor of a list that is sorted by id. */
export function idCursor(cursor: string): string {
  const parsed = z.tuple([key]).safeParse(decode(cursor))
  if (!parsed.success) throw invalidCursor()
  return parsed.data[0]
}

/** The cursor of a list that is sorted by two names. */
export function pairCursor(cursor: string): [string, string] {
  const parsed = z.tuple([key, key]).safeParse(decode(cursor))
  if (!parsed.success) throw invalidCursor()
  return parsed.data
}

const encode = (keys: readonly string[]) => Buffer.from(JSON.stringify(keys)).toString('base64url')

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw invalidCursor()
  }
}

const invalidCursor = () =>
  new ApiError('invalid_request', 'In the querystring: cursor: not a `next` value of this list.')
