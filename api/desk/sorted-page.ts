import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { z } from 'zod'
import { type Page, pageQuery, type SortType, sortCursor, toPage } from '../pagination.ts'

/** Column that a list can be sorted by; it has no nulls. */
export interface SortColumn {
  type: SortType
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
