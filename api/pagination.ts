import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
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

/** Column that a list can be sorted by; it has no nulls. */
export interface SortColumn {
  type: 'time' | 'text' | 'number'
  ref: RawBuilder<unknown>
}

/**
 * Return the query parameters of a list that can be sorted and counted.
 * @param initial default of `sort`, such as `-openedAt`
 */
export function sortedPageQuery(columns: Readonly<Record<string, SortColumn>>, initial: string) {
  const names = Object.keys(columns).flatMap((name) => [name, `-${name}`])
  return {
    ...pageQuery,
    sort: z.enum(names).default(initial).describe('Column to sort by; `-` before it: descending.'),
    total: z.enum(['true', 'false']).default('false').describe('Whether to count all items that match.'),
  }
}

interface SortedPageOptions {
  columns: Readonly<Record<string, SortColumn>>
  /** Column that makes the order unique. */
  id: RawBuilder<unknown>
  query: { sort: string; total: 'true' | 'false'; limit: number; cursor?: string | undefined }
}

/**
 * Return a page of a query's rows in the requested order. Rows that are inserted meanwhile cause no gaps and no repeats, because
 * a page begins after the sort key of the row before. The total costs a second query.
 * @throws ApiError `invalid_request`: a cursor of another list or order
 */
export async function sortedPage<DB, TB extends keyof DB, O>(
  rows: SelectQueryBuilder<DB, TB, O>,
  { columns, id, query: { sort, total, limit, cursor } }: SortedPageOptions,
): Promise<Page<O>> {
  const column = columns[sort.replace(/^-/, '')]
  if (column === undefined) throw new RangeError(`cannot sort by ${sort}`)
  const direction = sort.startsWith('-') ? 'desc' : 'asc'
  let page = rows
    .select([sql<Date | string | number>`${column.ref}`.as('sort_key'), sql<string>`${id}`.as('sort_id')])
    .orderBy(column.ref, direction)
    .orderBy(id, direction)
    .limit(limit + 1)
  if (cursor !== undefined) {
    const after = sortCursor(cursor, sort, column.type)
    const isAfter = sql.raw(direction === 'desc' ? '<' : '>')
    page = page.where(sql<boolean>`(${column.ref}, ${id}) ${isAfter} (${after.key}, ${after.id})`)
  }
  const [found, count] = await Promise.all([
    page.execute() as unknown as Promise<(O & { sort_key: Date | string | number; sort_id: string })[]>,
    total === 'true' ? countRows(rows) : undefined,
  ])
  const { items, next } = toPage(found, limit, ({ sort_key: key, sort_id }) => [
    sort,
    key instanceof Date ? key.toISOString() : String(key),
    sort_id,
  ])
  return { items, next, ...(count !== undefined && { total: count }) }
}

async function countRows<DB, TB extends keyof DB, O>(rows: SelectQueryBuilder<DB, TB, O>): Promise<number> {
  const counted = rows.clearSelect().select(sql<number>`count(*)::int`.as('count')).execute()
  const [row] = (await counted) as unknown as { count: number }[]
  return row?.count ?? 0
}

function sortCursor(cursor: string, sort: string, type: SortColumn['type']) {
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
