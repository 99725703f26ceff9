import { dayMs, hourMs } from '../../../lib/time.ts'
import { gridOf, type SeriesLevel, type SeriesPoint, type SeriesQuery } from '../series.ts'
import { aggregate, mergePoints } from './aggregate.ts'
import { measurements } from './lines.ts'
import { during, ever, firstRow, ofDevice, ofMetric, rowsOf } from './select.ts'
import type { InfluxServer } from './server.ts'

const unitOf = { hours: hourMs, days: dayMs }

/**
 * Answers a query from the widest level that has something, and the rest of the time from the narrower ones: for each
 * metric of a device days are kept up to some day, hours up to some hour, and behind that there are only values.
 * @param closed before it values count for nothing any more
 */
export async function readPoints(
  server: InfluxServer,
  query: SeriesQuery,
  closed: number,
): Promise<SeriesPoint[]> {
  const grid = gridOf(query)
  const where = [ofDevice(query.device), ofMetric(query.metric)]
  const ends: Record<SeriesLevel, readonly ('days' | 'hours')[]> = {
    days: ['days', 'hours'],
    hours: ['hours'],
    values: [],
  }
  const reached = await Promise.all(
    ends[grid.level].map(async (level) => ({ level, end: await endOf(server, level, where) })),
  )
  const parts: { level: SeriesLevel; from: number; to: number }[] = []
  let { from } = grid
  for (const { level, end } of reached) {
    const to = Math.min(grid.to, end)
    if (to > from) parts.push({ level, from, to })
    from = Math.max(from, to)
  }
  if (grid.level !== 'values') from = Math.max(from, closed)
  if (grid.to > from) parts.push({ level: 'values', from, to: grid.to })

  const rows = parts.map(async (part) => {
    const statement = aggregate({ ...part, width: grid.width, offset: grid.from, where })
    return [...rowsOf(await server.query(statement))].map(({ row }) => row)
  })
  return mergePoints((await Promise.all(rows)).flat())
}

/** The end of the last hour or day that is kept of a metric of a device. */
async function endOf(server: InfluxServer, level: 'hours' | 'days', where: string[]): Promise<number> {
  const condition = [during(ever), ...where].join(' AND ')
  const last = await firstRow(server, `SELECT last("count") FROM ${measurements[level]} WHERE ${condition}`)
  return last?.time === undefined ? Number.NEGATIVE_INFINITY : last.time + unitOf[level]
}
