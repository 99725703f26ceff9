import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { QuarantinedForRetry, RetryOutcome } from '../../ingest/quarantine/quarantine-retry.ts'
import { recordRetries } from '../../store/records/quarantine/quarantine-store.ts'
import {
  countQuarantine,
  findQuarantined,
  listQuarantine,
  notWaiting,
  type QuarantineFilter,
  type QuarantinePosition,
  readEarlierStates,
  readForRetry,
} from '../../store/records/quarantine/read-quarantine.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { commandHeaders, IdempotentCommands } from '../idempotent-commands.ts'
import { encodeCursor, pageOf, pageQuery, timeCursor, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import {
  quarantineCountSchema,
  quarantinedInFullSchema,
  quarantinedSchema,
  type retryOutcomeSchema,
  retryResultSchema,
  toQuarantined,
  toQuarantinedInFull,
  toRetry,
  toRetryOutcome,
} from '../schemas/quarantine.ts'
import { timeParameter, toMs } from '../time-parameter.ts'

/** Parameters that choose messages. */
const filterFields = {
  reason: z.string().optional().describe('Such as `not_json` or `out_of_range`.'),
  kind: z.string().optional().describe('Device kind, at the time of receipt or now.'),
  device: z.string().optional(),
  metric: z.string().optional().describe('Metric of single rejected values.'),
  since: timeParameter.optional().describe('First time of receipt.'),
  until: timeParameter.optional().describe('Last time of receipt.'),
}

const listFilterFields = {
  ...filterFields,
  state: z
    .enum(['waiting', 'done', 'all'])
    .default('waiting')
    .describe('`done`: a retry has stored it, or found that it was stored before.'),
}

type GivenFilter = z.output<z.ZodObject<typeof filterFields>> & { state?: 'waiting' | 'done' | 'all' }

function toFilter({ reason, kind, device, metric, since, until, state }: GivenFilter): QuarantineFilter {
  return {
    ...{ reason, kind, device, metric },
    since: since === undefined ? undefined : new Date(toMs(since)),
    until: until === undefined ? undefined : new Date(toMs(until)),
    state: state === 'all' ? undefined : state,
  }
}

const maxRetries = 500
/** Bounds the memory of one request; a single larger message is retried alone. */
const maxRetryBytes = 16 * 2 ** 20

const retryBody = z.strictObject({
  ...filterFields,
  ids: z.array(z.string().min(1).max(200)).min(1).max(maxRetries).optional().describe('Only these messages.'),
  dryRun: z.boolean().default(false).describe('Report what would become of them, and change nothing.'),
  limit: z.int().min(1).max(maxRetries).default(maxRetries).describe('Maximum number of messages.'),
  cursor: z.string().max(1_000).optional().describe('Value of `next` from the previous response.'),
})

const params = z.strictObject({ id: z.string().min(1).max(200).describe('Id of the message.') })

type Dependencies = Pick<ApiDependencies, 'records' | 'quarantine' | 'now'>

export function quarantineRoutes(dependencies: Dependencies): FastifyPluginAsyncZod {
  const { records } = dependencies
  return async (app) => {
    await app.register(quarantineRetryRoute(dependencies))

    app.get('/api/quarantine', {
      schema: {
        tags: ['quarantine'],
        summary: 'List quarantined messages, newest first',
        querystring: z.strictObject({ ...listFilterFields, ...pageQuery }),
        response: { 200: pageOf(quarantinedSchema), ...problemResponses() },
      },
      handler: async ({ query: { limit, cursor, ...given } }) => {
        const after = cursor === undefined ? undefined : timeCursor(cursor)
        const rows = await listQuarantine(records, { ...toFilter(given), limit: limit + 1, after })
        const page = toPage(rows, limit, (row) => [row.received_at.toISOString(), row.id])
        return { ...page, items: page.items.map(toQuarantined) }
      },
    })

    app.get('/api/quarantine/counts', {
      schema: {
        tags: ['quarantine'],
        summary: 'Count quarantined messages by reason and device kind',
        querystring: z.strictObject(listFilterFields),
        response: { 200: z.object({ items: z.array(quarantineCountSchema) }), ...problemResponses() },
      },
      handler: async ({ query }) => ({ items: await countQuarantine(records, toFilter(query)) }),
    })

    app.get('/api/quarantine/:id', {
      schema: {
        tags: ['quarantine'],
        summary: 'Get a quarantined message with its whole payload',
        params,
        querystring: z.strictObject({}),
        response: { 200: quarantinedInFullSchema, ...problemResponses('quarantined_not_found') },
      },
      handler: async ({ params: { id } }) => {
        const row = await findQuarantined(records, id)
        if (row === undefined)
          throw new ApiError(
            'quarantined_not_found',
            `No quarantined message has the id ${JSON.stringify(id)}.`,
          )
        return toQuarantinedInFull(row)
      },
    })
  }
}

function quarantineRetryRoute({ records, quarantine, now }: Dependencies): FastifyPluginAsyncZod {
  const commands = new IdempotentCommands({ records, now })
  return async (app) => {
    app.post('/api/quarantine/retry', {
      schema: {
        tags: ['quarantine'],
        summary: 'Retry quarantined messages, oldest first, as if they arrived again',
        description:
          'Each message is validated by the present device kinds, settings and clock, and keeps its time of receipt. Its readings ' +
          'count as a backlog: they update the rules and raise no alarm of their own. Without `ids` and filters all waiting messages ' +
          'are retried, up to `limit`; repeat with `cursor` while `next` is not null.',
        headers: commandHeaders,
        querystring: z.strictObject({}),
        body: retryBody,
        response: { 200: retryResultSchema, ...problemResponses(...IdempotentCommands.errorCodes) },
      },
      handler: (request, reply) =>
        commands.runWithClaim({ request, reply }, async () => ({
          body: await retrySome({ records, quarantine }, request.body, now()),
        })),
    })
  }
}

/** @param at time of the retry, ms */
async function retrySome(
  { records, quarantine }: Pick<Dependencies, 'records' | 'quarantine'>,
  { ids, dryRun, limit, cursor, ...given }: z.output<typeof retryBody>,
  at: number,
): Promise<z.output<typeof retryResultSchema>> {
  const after = cursor === undefined ? undefined : timeCursor(cursor)
  const unknown = ids !== undefined && after === undefined ? await notWaiting(records, ids) : []
  const rows = await readForRetry(records, {
    ...toFilter(given),
    ...{ ids, after, limit, maxBytes: maxRetryBytes },
  })
  const waiting = rows.map((row) => toRetry(row, at))
  const outcomes = dryRun
    ? await previewAfter({ records, quarantine }, waiting, {
        ...toFilter(given),
        devices: devicesOf(rows),
        upTo: after,
      })
    : await Promise.all(waiting.map((each) => quarantine.retry(each)))
  const items = waiting.map(({ id }, index) => toRetryOutcome(id, outcomes[index] ?? { is: 'unknown' }))
  if (!dryRun) await recordOutcomes(records, items, at)
  const last = rows.at(-1)
  return {
    items: [...items, ...unknown.map((id) => toRetryOutcome(id, { is: 'unknown' }))],
    next: last === undefined ? null : encodeCursor([last.received_at.toISOString(), last.id]),
  }
}

type EarlierStates = Omit<Parameters<typeof readEarlierStates>[1], 'upTo'> & {
  upTo: QuarantinePosition | undefined
}

/** Preview retries as if those of earlier pages had been made, which may have registered the devices. */
async function previewAfter(
  { records, quarantine }: Pick<Dependencies, 'records' | 'quarantine'>,
  waiting: readonly QuarantinedForRetry[],
  { upTo, ...query }: EarlierStates,
): Promise<RetryOutcome[]> {
  const rows = upTo === undefined ? [] : await readEarlierStates(records, { ...query, upTo })
  const earlier = rows.map((row) => toRetry(row, row.received_at.getTime()))
  return quarantine.preview([...earlier, ...waiting]).slice(earlier.length)
}

function devicesOf(rows: readonly { device_id: string | null }[]): string[] {
  return [...new Set(rows.flatMap(({ device_id }) => device_id ?? []))]
}

/** The journal brings the outcomes to the records too, later; a list shows them at once. */
async function recordOutcomes(
  records: Dependencies['records'],
  items: readonly z.output<typeof retryOutcomeSchema>[],
  at: number,
): Promise<void> {
  const retried = items.flatMap(({ outcome, ...item }) =>
    outcome === 'unknown' ? [] : [{ ...item, outcome, at }],
  )
  if (retried.length > 0) await records.transaction().execute((trx) => recordRetries(trx, retried))
}
