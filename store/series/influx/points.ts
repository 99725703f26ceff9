import { dayMs, hourMs } from '../../../lib/time.ts'
import { bucketGrid, type SeriesPoint, type SeriesQuery, type SeriesResolution } from '../series.ts'
import { aggregateStatement, mergePoints } from './aggregate.ts'
import type { InfluxClient } from './client.ts'
import {
  allTime,
  decodeRows,
  deviceCondition,
  metricCondition,
  queryFirstRow,
  timeCondition,
} from './influxql.ts'
import { measurements } from './line-protocol.ts'

const periodMs = { hours: hourMs, days: dayMs }

/**
 * Answer a query from the widest level that has data, and the rest of the time from the narrower ones: for each
 * metric of a device days are complete up to some day, hours up to some hour, and after that there are only values.
 * @param finalizedBefore values before this time are no longer counted
 */
export async function readPoints(
  server: InfluxClient,
  query: SeriesQuery,
  finalizedBefore: number,
): Promise<SeriesPoint[]> {
  const grid = bucketGrid(query)
  const where = [deviceCondition(query.device), metricCondition(query.metric)]
  const rollupsFor: Record<SeriesResolution, readonly ('days' | 'hours')[]> = {
    days: ['days', 'hours'],
    hours: ['hours'],
    values: [],
  }
  const rollupEnds = await Promise.all(
    rollupsFor[grid.resolution].map(async (resolution) => ({
      resolution,
      end: await readRollupEnd(server, resolution, where),
    })),
  )
  const parts: { resolution: SeriesResolution; from: number; to: number }[] = []
  let { from } = grid
  for (const { resolution, end } of rollupEnds) {
    const to = Math.min(grid.to, end)
    if (to > from) parts.push({ resolution, from, to })
    from = Math.max(from, to)
  }
  if (grid.resolution !== 'values') from = Math.max(from, finalizedBefore)
  if (grid.to > from) parts.push({ resolution: 'values', from, to: grid.to })

  const rows = parts.map(async (part) => {
    const statement = aggregateStatement({
      ...part,
      widthMs: grid.widthMs,
      offsetMs: grid.from,
      conditions: where,
    })
    return [...decodeRows(await server.query(statement))].map(({ row }) => row)
  })
  return mergePoints((await Promise.all(rows)).flat())
}

/** Return the end of the last stored hour or day of a metric of a device. */
async function readRollupEnd(
  server: InfluxClient,
  level: 'hours' | 'days',
  where: string[],
): Promise<number> {
  const condition = [timeCondition(allTime), ...where].join(' AND ')
  const last = await queryFirstRow(
    server,
    `SELECT last("count") FROM ${measurements[level]} WHERE ${condition}`,
  )
  return last?.time === undefined ? Number.NEGATIVE_INFINITY : last.time + periodMs[level]
}
