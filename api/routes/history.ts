import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Reading } from '../../contract/reading.ts'
import { historySchema } from '../../contract/replay-history.ts'
import { storedHistory } from '../../evaluation/backtest/stored-history.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'
import { timeParameter, toMs } from '../time-parameter.ts'

const ndjson = 'application/x-ndjson'

/** Limit of concurrent reads; each reads all stored history. */
const maxReadingStreams = 4

const id = z.string().min(1).max(200)

const readingsQuery = z.strictObject({
  from: timeParameter.describe('ISO 8601 or ms since 1970 UTC, inclusive.'),
  to: timeParameter.describe('ISO 8601 or ms since 1970 UTC, exclusive.'),
  device: z
    .union([id.transform((one) => [one]), z.array(id).max(100)])
    .optional()
    .describe('Device id; repeatable up to 100 times. Default: all devices.'),
})

/** Register the routes of the history that a replay of the rules needs. */
export function historyRoutes({
  records,
  series,
  ruleRollout,
}: Pick<ApiDependencies, 'records' | 'series' | 'ruleRollout'>): FastifyPluginAsyncZod {
  const history = storedHistory({
    records,
    series,
    liveRules: async () => ruleRollout.current.live.map(({ file, text }) => ({ file, text })),
    close: async () => undefined,
  })
  let readingStreams = 0
  return async (app) => {
    app.get('/api/history', {
      schema: {
        tags: ['history'],
        summary:
          'Get the data that a backtest needs besides readings: extent, devices, replacements, verdicts, live rules',
        querystring: z.strictObject({}),
        response: { 200: historySchema, ...problemResponses() },
      },
      handler: async () => {
        const [extent, devices, replacements, verdicts, liveRules] = await Promise.all([
          history.extent(),
          history.devices(),
          history.replacements(),
          history.verdicts(),
          history.liveRules(),
        ])
        return { extent: extent ?? null, devices, replacements, verdicts, liveRules }
      },
    })

    app.get('/api/readings', {
      schema: {
        tags: ['history'],
        summary: 'Export readings of a time range, in time order',
        description: 'One JSON object a line: `device`, `ts` (ms since 1970 UTC) and `values` by metric.',
        querystring: readingsQuery,
        response: {
          200: { description: 'The readings.', content: { [ndjson]: { schema: z.unknown() } } },
          ...problemResponses('too_many_requests'),
        },
      },
      handler: async ({ query }, reply) => {
        const { device: devices, ...span } = query
        const [from, to] = [toMs(span.from), toMs(span.to)]
        if (from >= to)
          throw new ApiError('invalid_request', 'In the querystring: from: it must be before `to`.')
        if (readingStreams >= maxReadingStreams)
          throw new ApiError('too_many_requests', `Too many reading exports are running (${readingStreams}).`)
        const scan = { from, to, ...(devices ? { devices } : {}) }
        readingStreams += 1
        const stream = Readable.from(toNdjson(history.readings(scan))).once('close', () => {
          readingStreams -= 1
        })
        return reply.type(ndjson).send(stream)
      },
    })
  }
}

async function* toNdjson(batches: AsyncIterable<Reading[]>): AsyncIterable<string> {
  for await (const batch of batches) yield batch.map((reading) => `${JSON.stringify(reading)}\n`).join('')
}
