import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dayMs } from '../../lib/time.ts'
import { device, now, ticket } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
const get = async (url: string) => {
  const response = await api.app.inject(url)
  return { status: response.statusCode, body: response.json() }
}
const ids = (body: { items: { id: string }[] }) => body.items.map(({ id }) => id)

beforeAll(async () => {
  api = await openTestApi()
  const { db } = api.records
  const at = new Date(now)
  await db
    .insertInto('owners')
    .values([
      { id: 'u-1', created_at: at },
      { id: 'u-2', created_at: at },
    ])
    .execute()
  await db
    .insertInto('devices')
    .values([
      device('d-1'),
      device('d-2', { owner_id: 'u-2' }),
      device('d-3', { kind: 'phone', model: 'P_100%', owner_id: null }),
      device('a room/1', { kind: 'phone', model: null }),
    ])
    .execute()
  await db
    .insertInto('tickets')
    .values([ticket('t-open'), ticket('t-done', { component: 'filter', work_state: 'closed' })])
    .execute()
  const values = (ts: number, battery_health_pct: number) => ({
    device: 'd-1',
    ts,
    values: { battery_health_pct },
  })
  await api.series.write(
    [values(now - 2 * dayMs, 82), values(now - dayMs, 81), values(now - dayMs + 1, 80)],
    3,
  )
})
afterAll(() => api.close())

describe('/api/devices', () => {
  test('lists devices by id, page by page', async () => {
    const first = await get('/api/devices?limit=3')
    expect(ids(first.body)).toEqual(['a room/1', 'd-1', 'd-2'])
    const second = await get(`/api/devices?limit=3&cursor=${first.body.next}`)
    expect(ids(second.body)).toEqual(['d-3'])
    expect(second.body.next).toBeNull()
  })

  test('tells of each what is known', async () => {
    const { body } = await get('/api/devices?q=d-1')
    const at = new Date(now - 90 * dayMs).toISOString()
    expect(body.items).toEqual([
      {
        id: 'd-1',
        kind: 'robot_vacuum',
        model: 'RV-20',
        firmware: '2.1.0',
        owner: 'u-1',
        site: null,
        region: null,
        inUseSince: null,
        retiredAt: null,
        renamedTo: null,
        formerIds: [],
        presence: 'online',
        firstSeen: at,
        updatedAt: at,
      },
    ])
  })

  test.each([
    ['kind=phone', ['a room/1', 'd-3']],
    ['owner=u-2', ['d-2']],
    ['q=rv-20', ['d-1', 'd-2']],
    ['q=100%25', ['d-3']],
    ['q=_', ['d-3']],
    ['kind=toaster', []],
  ])('filters by %s', async (query, expected) => {
    expect(ids((await get(`/api/devices?${query}`)).body)).toEqual(expected)
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=many', 'limit'],
    ['colour=red', 'colour'],
    ['kind=a&kind=b', 'kind'],
    ['cursor=nonsense', 'cursor'],
  ])('refuses %s', async (query, named) => {
    const { status, body } = await get(`/api/devices?${query}`)
    expect([status, body.code]).toEqual([400, 'invalid_request'])
    expect(body.detail).toContain(named)
  })
})

describe('/api/devices/{id}', () => {
  test('adds the latest values and the open tickets', async () => {
    const { body } = await get('/api/devices/d-1')
    expect(body).toMatchObject({ id: 'd-1', kind: 'robot_vacuum' })
    expect(body.latest).toEqual([
      { metric: 'battery_health_pct', value: 80, at: new Date(now - dayMs + 1).toISOString() },
    ])
    expect(body.openTickets).toMatchObject([{ id: 't-open', workState: 'open' }])
  })

  test('shows what was accepted before the series have it, and how far behind they are', async () => {
    const newest = { ts: now, value: 79 }
    const older = { ts: now - 3 * dayMs, value: 12 }
    api.latestAccepted.set(
      'd-1',
      new Map(Object.entries({ battery_health_pct: newest, battery_voltage_v: older })),
    )
    api.status.consumers = [{ name: 'series', stream: 'telemetry', lag: 12_345, deadLetters: 0 }]
    const { body } = await get('/api/devices/d-1')
    expect(body.latest).toEqual([
      { metric: 'battery_health_pct', value: 79, at: new Date(now).toISOString() },
      { metric: 'battery_voltage_v', value: 12, at: new Date(older.ts).toISOString() },
    ])
    expect(body.seriesBehind).toBe(12_345)
    const chart = await get('/api/devices/d-1/series?metric=battery_health_pct')
    expect(chart.body.behind).toBe(12_345)
    api.latestAccepted.set('d-1', new Map([['battery_health_pct', older]]))
    expect((await get('/api/devices/d-1')).body.latest[0].value).toBe(80)
    api.latestAccepted.clear()
  })

  test('finds an id with a space and a slash', async () => {
    expect((await get(`/api/devices/${encodeURIComponent('a room/1')}`)).body.id).toBe('a room/1')
  })

  test('a device that is not known', async () => {
    expect(await get('/api/devices/unknown')).toMatchObject({
      status: 404,
      body: { code: 'device_not_found' },
    })
    expect((await get('/api/devices/unknown/series?metric=m')).status).toBe(404)
  })
})

describe('/api/devices/{id}/series', () => {
  test('gives the last 30 days unless told otherwise', async () => {
    const { body } = await get('/api/devices/d-1/series?metric=battery_health_pct')
    expect(body).toMatchObject({
      device: 'd-1',
      metric: 'battery_health_pct',
      from: now - 30 * dayMs,
      to: now,
    })
    expect(body.points.map(({ mean }: { mean: number }) => mean)).toEqual([82, 80.5])
  })

  test('takes times as ISO 8601 or in milliseconds, and cuts the range into points', async () => {
    const from = new Date(now - dayMs).toISOString()
    const { body } = await get(
      `/api/devices/d-1/series?metric=battery_health_pct&from=${from}&to=${now}&points=1`,
    )
    expect(body.points).toEqual([{ ts: Date.parse('2026-05-31'), min: 80, mean: 80.5, max: 81, count: 2 }])
  })

  test('a metric without values has no points', async () => {
    expect((await get('/api/devices/d-1/series?metric=runtime_h')).body.points).toEqual([])
  })

  test.each([
    ['', 'metric'],
    ['metric=m&points=10001', 'points'],
    ['metric=m&from=yesterday', 'from'],
    ['metric=m&from=2026-06-01T00:00:00Z&to=2026-05-01T00:00:00Z', 'from'],
  ])('refuses "%s"', async (query, named) => {
    const { status, body } = await get(`/api/devices/d-1/series?${query}`)
    expect(status).toBe(400)
    expect(body.detail).toContain(`${named}: `)
  })
})
