import { z } from 'zod'
import { ApiError } from './errors.ts'
import { isStorableText } from './storable-text.ts'

const MAX_LIMIT = 500

/** Query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50).describe('Maximum number of items.'),
  cursor: z.string().max(1_000).optional().describe('Value of `next` from the previous page.'),
}

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Cursor of the next page; null on the last page.'),
    total: z.int().exactOptional().describe('All items that match, where `total=true` asks for it.'),
  })
}

export interface Page<T> {
  items: T[]
  next: string | null
  total?: number
}

/** Type of a column that a list can be sorted by. */
export type SortType = 'time' | 'text' | 'number'

/** Cursor of a list sorted by a column, then by id. @throws ApiError `invalid_request`: a cursor of another list or order */
export function sortCursor(cursor: string, sort: string, type: SortType) {
  const parsed = z.tuple([z.literal(sort), key, key]).safeParse(decode(cursor))
  if (!parsed.success) throw invalidCursor()
  const [, text, id] = parsed.data
  if (type === 'text') return { key: text, id }
  const number = type === 'time' ? isoTime.safeParse(text).data : Number(text)
  if (number === undefined || Number.isNaN(number)) throw invalidCursor()
  return { key: type === 'time' ? new Date(number) : number, id }
}

/**
 * Return a page of the rows found by a query for one more than `limit`.
 * @param keyOf sort key of the list: the next page begins after that of the last row
 */
export function toPage<Row>(rows: Row[], limit: number, keyOf: (row: Row) => readonly string[]): Page<Row> {
  const items = rows.slice(0, limit)
  const last = rows.length > limit ? items.at(-1) : undefined
  return { items, next: last === undefined ? null : encodeCursor(keyOf(last)) }
}

const key = z.string().refine(isStorableText)
const isoTime = z.iso
  .datetime()
  .transform((text) => Date.parse(text))
  .refine((ms) => !Number.isNaN(ms))
const timeAndId = z.tuple([z.iso.datetime().refine((text) => !Number.isNaN(Date.parse(text))), key])

/** Cursor of a list sorted by time, then id. */
export function timeCursor(cursor: string): { at: Date; id: string } {
  const parsed = timeAndId.safeParse(decode(cursor))
  if (!parsed.success) throw invalidCursor()
  const [at, id] = parsed.data
  return { at: new Date(at), id }
}

/** Cursor of a list sorted by id. */
export function idCursor(cursor: string): string {
  const parsed = z.tuple([key]).safeParse(decode(cursor))
  if (!parsed.success) throw invalidCursor()
  return parsed.data[0]
}

/** Cursor of a list sorted by two names. */
export function pairCursor(cursor: string): [string, string] {
  const parsed = z.tuple([key, key]).safeParse(decode(cursor))
  if (!parsed.success) throw invalidCursor()
  return parsed.data
}

/** Return the cursor of a position in a list. */
export function encodeCursor(keys: readonly string[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url')
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw invalidCursor()
  }
}

const invalidCursor = () =>
  new ApiError('invalid_request', 'In the querystring: cursor: not a `next` value of this list.')
