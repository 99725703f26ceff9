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
/** Well below what proxies, and our own `connectionTimeout`, take for dead. */
const heartbeatMs = 15_000

const type = z.enum(eventTypes)
const query = z.strictObject({
  type: z
    .union([type.transform((one) => [one]), z.array(type).max(eventTypes.length)])
    .optional()
    .describe('Only events of these types: may come several times.'),
  ticket: z.string().min(1).max(200).optional().describe('Only those about this ticket, by its id.'),
})
type Filter = z.output<typeof query>

const headers = z.looseObject({
  'last-event-id': z
    .string()
    .refine(isEventCursor, { error: 'expected the id of an event, or 0-0 for all that is kept' })
    .optional()
    .describe('Goes on behind this one. Without it: what happens from now on.'),
})

interface EventRouteDependencies extends Pick<ApiDependencies, 'records' | 'onError'> {
  /** How often the records are asked while somebody listens. */
  eventPollIntervalMs?: number | undefined
}

/** What happens at the desk, as it happens: server-sent events as the HTML standard has them. */
export function eventRoutes({
  records,
  onError,
  eventPollIntervalMs: eventsEveryMs,
}: EventRouteDependencies): FastifyPluginAsyncZod {
  const feed = new EventFeed({
    records,
    onError: (error) => onError(error, 'the feed of desk events'),
    ...(eventsEveryMs !== undefined && { pollIntervalMs: eventsEveryMs }),
  })
  return async (app) => {
    // Open streams would keep the server from closing.
    app.addHook('preClose', () => feed.close())

    app.get('/api/events', {
      schema: {
        tags: ['tickets'],
        summary: 'What happens at the desk, as it happens',
        description:
          'Server-sent events: `id` is where it stands, `event` its type, `data` a JSON object with `ticket`, `at` (ms ' +
          'since 1970 UTC) and what belongs to the type. Who comes back with `Last-Event-ID` misses nothing and gets ' +
          'nothing twice. Who reads too slowly is cut off, and comes back.',
        querystring: query,
        headers,
        response: {
          200: { description: 'Events.', content: { [eventStream]: { schema: z.unknown() } } },
          ...problemResponses('too_many_requests'),
        },
      },
      handler: async (request, reply) => {
        if (feed.subscriberCount >= maxStreams)
          throw new ApiError('too_many_requests', `${feed.subscriberCount} others listen just now.`)
        const gone = new AbortController()
        reply.raw.once('close', () => gone.abort())
        const beats = feed.subscribe({
          after: request.headers['last-event-id'],
          heartbeatMs: heartbeatMs,
          onOverflow: () => reply.raw.destroy(),
          signal: gone.signal,
        })
        // What keeps it from beginning is still answered as a problem.
        const first = await beats.next()
        const stream = Readable.from(eventStreamChunks(beats, first.value?.cursor ?? '0-0', request.query))
        // A connection that was kept for more requests would keep the server from closing.
        reply.headers({ connection: 'close', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
        return reply.type(eventStream).send(stream)
      },
    })
  }
}

/** A block of lines for each event, and where it stands now and then. */
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
