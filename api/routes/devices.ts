import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { withTimeout } from '../../lib/with-timeout.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { ApiError } from '../errors.ts'
import { idCursor, pageOf, pageQuery, toPage } from '../pagination.ts'
import { problemResponses } from '../problem.ts'
import { deviceDetailSchema, deviceParams, deviceSchema, toDevice } from '../schemas/device.ts'
import { terminalWorkStates, toTicket } from '../schemas/ticket.ts'

const listQuery = z.strictObject({
  kind: z.string().optional(),
  owner: z.string().optional(),
  retired: z
    .enum(['true', 'false'])
    .default('false')
    .describe('`true`: only devices that are not in use any more.'),
  q: z.string().max(200).optional().describe('Case-insensitive substring of the id or model.'),
  ...pageQuery,
})

type ListQuery = z.output<typeof listQuery>

type DeviceRouteDependencies = Pick<ApiDependencies, 'records' | 'series' | 'latestAccepted' | 'seriesLag'>

export function deviceRoutes({ records, ...newest }: DeviceRouteDependencies): FastifyPluginAsyncZod {
  return async (app) => {
    app.get('/api/devices', {
      schema: {
        tags: ['devices'],
        summary: 'List devices in use, or retired ones, sorted by id',
        querystring: listQuery,
        response: { 200: pageOf(deviceSchema), ...problemResponses() },
      },
      handler: async ({ query }) => {
        const page = toPage(await list(records, query), query.limit, ({ id }) => [id])
        return { ...page, items: page.items.map(toDevice) }
      },
    })

    app.get('/api/devices/:id', {
      schema: {
        tags: ['devices'],
        summary: 'Get a device with its latest values and open tickets',
        params: deviceParams,
        querystring: z.strictObject({}),
        response: { 200: deviceDetailSchema, ...problemResponses('device_not_found') },
      },
      handler: async ({ params }) => {
        const device = await requireDevice(records, params.id)
        const [latest, tickets, seriesBehind = null] = await Promise.all([
          latestValues([...device.former_ids, device.id], newest),
          openTickets(records, params.id),
          newest.seriesLag(),
        ])
        return {
          ...toDevice(device),
          latest: [...latest].map(([metric, { ts, value }]) => ({ metric, value, at: new Date(ts) })),
          seriesBehind,
          openTickets: tickets.map(toTicket),
        }
      },
    })
  }
}

/** @throws ApiError `device_not_found` */
export async function requireDevice(records: ApiDependencies['records'], id: string) {
  const device = await records.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()
  if (!device) throw new ApiError('device_not_found', `No device has the id ${JSON.stringify(id)}.`)
  return device
}

/**
 * Return the newest value of each metric under any id that the device has had, from the series and from entries they do
 * not have yet; without the series while unavailable.
 */
async function latestValues(
  ids: readonly string[],
  { series, latestAccepted }: Pick<DeviceRouteDependencies, 'series' | 'latestAccepted'>,
): Promise<Map<string, { ts: number; value: number }>> {
  // `/readyz` reports series that are unavailable.
  const stored = await Promise.all(ids.map((id) => withTimeout(() => series.latest(id))))
  const latest = new Map<string, { ts: number; value: number }>()
  const values = [...stored.map(({ value }) => value ?? new Map()), ...ids.map(latestAccepted)]
  for (const [metric, newest] of values.flatMap((each) => [...each])) {
    if (newest.ts >= (latest.get(metric)?.ts ?? newest.ts)) latest.set(metric, newest)
  }
  return latest
}

function list(records: ApiDependencies['records'], { kind, owner, retired, q, limit, cursor }: ListQuery) {
  let devices = records
    .selectFrom('devices')
    .selectAll()
    .where('retired_at', retired === 'true' ? 'is not' : 'is', null)
    .orderBy('id')
    .limit(limit + 1)
  if (kind !== undefined) devices = devices.where('kind', '=', kind)
  if (owner !== undefined) devices = devices.where('owner_id', '=', owner)
  if (q !== undefined) {
    const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`
    devices = devices.where((is) => is.or([is('id', 'ilike', pattern), is('model', 'ilike', pattern)]))
  }
  if (cursor !== undefined) devices = devices.where('id', '>', idCursor(cursor))
  return devices.execute()
}

function openTickets(records: ApiDependencies['records'], device: string) {
  return records
    .selectFrom('tickets')
    .selectAll()
    .where('device_id', '=', device)
    .where('work_state', 'not in', terminalWorkStates)
    .orderBy('opened_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
}
