import { Readable } from 'node:stream'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { DeskEvent, DeskEventCursor } from '../../desk/desk-events.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { isEventCursor } from '../desk/event-cursor.ts'
import { EventFeed, type FeedItem } from '../desk/event-feed.ts'
import { ApiError } from '../errors.ts'
import { problemResponses } from '../problem.ts'
import { eventTypes } from '../schemas/desk-event.ts'

const eventStream = 'text/event-stream'
const maxStreams = 100
const retryMs = 2_000
/** Well below the idle timeouts of proxies and our own `connectionTimeout`. */
const heartbeatMs = 15_000

const type = z.enum(eventTypes)
const query = z.strictObject({
  type: z
    .union([type.transform((one) => [one]), z.array(type).max(eventTypes.length)])
    .optional()
    .describe('Filter by event type; repeatable.'),
  ticket: z.string().min(1).max(200).optional().describe('Filter by ticket id.'),
})
type Filter = z.output<typeof query>

const headers = z.looseObject({
  'last-event-id': z
    .string()
    .refine(isEventCursor, { error: 'expected an event id, or 0-0 for all retained events' })
    .optional()
    .describe('Resume after this event. Without it, only new events are sent.'),
})

interface EventRouteDependencies extends Pick<ApiDependencies, 'records' | 'onError'> {
  /** Interval of reading the records while somebody is subscribed, ms. */
  eventPollIntervalMs?: number | undefined
}

/** Stream service desk events: server-sent events of the HTML standard. */
export function eventRoutes({
  records,
  onError,
  eventPollIntervalMs,
}: EventRouteDependencies): FastifyPluginAsyncZod {
  const feed = new EventFeed({
    records,
    onError: (error) => onError(error, 'the feed of desk events'),
    ...(eventPollIntervalMs !== undefined && { pollIntervalMs: eventPollIntervalMs }),
  })
  return async (app) => {
    // Open streams would keep the server from closing.
    app.addHook('preClose', () => feed.close())

    app.get('/api/events', {
      schema: {
        tags: ['tickets'],
        summary: 'Stream service desk events',
        description:
          'Server-sent events: `id` is the cursor, `event` the type, `data` a JSON object with `ticket`, `at` (ms since ' +
          '1970 UTC) and the fields of the type. Reconnecting with `Last-Event-ID` resumes without gaps or duplicates. ' +
          'A client that reads too slowly is disconnected and should reconnect.',
        querystring: query,
        headers,
        response: {
          200: { description: 'Events.', content: { [eventStream]: { schema: z.unknown() } } },
          ...problemResponses('too_many_requests'),
        },
      },
      handler: async (request, reply) => {
        if (feed.subscriberCount >= maxStreams)
          throw new ApiError('too_many_requests', `Too many open event streams (${feed.subscriberCount}).`)
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort())
        const beats = feed.subscribe({
          after: request.headers['last-event-id'],
          heartbeatMs,
          isWanted: (event) => matchesFilter(event, request.query),
          onOverflow: () => reply.raw.destroy(),
          signal: gone.signal,
        })
        // An error before the first event is still sent as a problem.
        const first = await beats.next()
        const stream = Readable.from(eventStreamChunks(beats, first.value?.cursor ?? '0-0', request.query))
        // A connection kept alive would keep the server from closing.
        reply.headers({ connection: 'close', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        return reply.type(eventStream).send(stream)
      },
    })
  }
}

/** Yield a block of lines for each event, and the cursor at each heartbeat. */
async function* eventStreamChunks(
  beats: AsyncIterable<FeedItem>,
  at: DeskEventCursor,
  filter: Filter,
): AsyncGenerator<string> {
  yield `retry: ${retryMs}\nid: ${at}\n\n`
  for await (const beat of beats) {
    if (beat.event === undefined) yield `: still here\nid: ${beat.cursor}\n\n`
    else if (matchesFilter(beat.event, filter)) yield formatEvent(beat.event)
  }
}

function matchesFilter(event: DeskEvent, { type, ticket }: Filter): boolean {
  return (
    (type === undefined || type.includes(event.type)) && (ticket === undefined || ticket === event.ticket)
  )
}

function formatEvent({ cursor, type, ticket, at, data }: DeskEvent): string {
  return `id: ${cursor}\nevent: ${type}\ndata: ${JSON.stringify({ ticket, at, ...data })}\n\n`
}
