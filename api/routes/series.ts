import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { dayMs } from '../../lib/time.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'
import { deviceParams } from '../schemas/device.ts'
import { timeParameter, toMs } from '../time-parameter.ts'
import { requireDevice } from './devices.ts'

const DEFAULT_SPAN_MS = 30 * dayMs

const seriesQuery = z.strictObject({
  metric: z.string().min(1).max(200),
  from: timeParameter
    .optional()
    .describe('ISO 8601 or ms since 1970 UTC, inclusive. Default: 30 days before `to`.'),
  to: timeParameter.optional().describe('ISO 8601 or ms since 1970 UTC, exclusive. Default: now.'),
  points: z.coerce.number().int().min(1).max(10_000).default(500).describe('Maximum number of buckets.'),
})

const seriesSchema = z
  .object({
    device: z.string(),
    metric: z.string(),
    from: z.int(),
    to: z.int(),
    behind: z.int().nullable().describe('Accepted journal entries not yet included; null if unknown.'),
    points: z.array(
      z.object({
        ts: z.number().describe('Start of the bucket, ms since 1970 UTC.'),
        min: z.number(),
        mean: z.number(),
        max: z.number(),
        count: z.int(),
      }),
    ),
  })
  .meta({ id: 'Series' })

export function seriesRoutes({
  records,
  series,
  seriesLag,
  now,
}: Pick<ApiDependencies, 'records' | 'series' | 'seriesLag' | 'now'>): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/devices/:id/series', {
      schema: {
        tags: ['devices'],
        summary: 'Get one metric of a device over time, downsampled',
        description:
          'The range is cut into at most `points` buckets of equal length; from an hour on they are whole hours, from a day on whole days (UTC). Empty buckets are left out.',
        params: deviceParams,
        querystring: seriesQuery,
        response: { 200: seriesSchema, ...problemResponses('device_not_found') },
      },
      handler: async ({ params, query }) => {
        const to = query.to === undefined ? now() : toMs(query.to)
        const from = query.from === undefined ? to - DEFAULT_SPAN_MS : toMs(query.from)
        if (from >= to)
          throw new ApiError('invalid_request', 'In the querystring: from: it must be before `to`.')
        const { id: device, former_ids: formerIds } = await requireDevice(records, params.id)
        const { metric, points } = query
        const [found, behind = null] = await Promise.all([
          querySeries(series, [...formerIds, device], { metric, from, to, points }),
          seriesLag(),
        ])
        return { device, metric, from, to, behind, points: found }
      },
    })
  }
}

type SeriesRequest = Omit<Parameters<ApiDependencies['series']['query']>[0], 'device'>

/** Query a metric under all ids that a device has had. Its values were stored under one id at a time. */
async function querySeries(
  series: Pick<ApiDependencies['series'], 'query'>,
  devices: readonly string[],
  request: SeriesRequest,
) {
  const found = await Promise.all(devices.map((device) => series.query({ device, ...request })))
  if (found.length === 1) return found[0] ?? []
  const buckets = new Map<number, (typeof found)[number][number]>()
  for (const point of found.flat()) {
    const other = buckets.get(point.ts)
    buckets.set(point.ts, other === undefined ? point : mergePoints(other, point))
  }
  return [...buckets.values()].toSorted((a, b) => a.ts - b.ts)
}

type Point = Awaited<ReturnType<ApiDependencies['series']['query']>>[number]

/** Merge two buckets of the same period. */
function mergePoints(a: Point, b: Point): Point {
  const count = a.count + b.count
  return {
    ts: a.ts,
    min: Math.min(a.min, b.min),
    mean: (a.mean * a.count + b.mean * b.count) / count,
    max: Math.max(a.max, b.max),
    count,
  }
}
