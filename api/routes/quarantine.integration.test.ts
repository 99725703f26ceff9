import { afterAll, beforeAll, expect, test } from 'vitest'
import { now, quarantined } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
const get = async (url: string) => (await api.app.inject(url)).json()

beforeAll(async () => {
  api = await openTestApi()
  await api.records.db
    .insertInto('quarantine')
    .values([
      quarantined('q-1', { received_at: new Date(now - 2) }),
      quarantined('q-2', {
        received_at: new Date(now - 1),
        device_id: null,
        kind: 'phone',
        reason: 'foreign_topic',
      }),
      quarantined('q-3', { device_id: 'd-2' }),
    ])
    .execute()
})
afterAll(() => api.close())

const post = async (body: object) =>
  (await api.app.inject({ method: 'POST', url: '/api/quarantine/retry', payload: body })).json()

test('lists what was refused, newest first, page by page', async () => {
  const first = await get('/api/quarantine?limit=2')
  expect(first.items).toMatchObject([{ id: 'q-3' }, { id: 'q-2', device: null, reason: 'foreign_topic' }])
  const second = await get(`/api/quarantine?limit=2&cursor=${first.next}`)
  expect(second).toMatchObject({ items: [{ id: 'q-1', payload: '{' }], next: null })
})

test('shows one with its whole payload and a remedy', async () => {
  expect(await get('/api/quarantine/q-1')).toMatchObject({
    ...{ id: 'q-1', payload: '{', encoding: 'text', remedy: expect.stringContaining('must be JSON') },
  })
  expect(await get('/api/quarantine/none')).toMatchObject({ code: 'quarantined_not_found' })
})

test('counts by reason and kind', async () => {
  expect(await get('/api/quarantine/counts?device=d-1')).toMatchObject({
    items: [{ reason: 'not_json', kind: null, count: 1 }],
  })
})

test('filters by reason, device, kind and time', async () => {
  expect((await get('/api/quarantine?reason=foreign_topic')).items).toMatchObject([{ id: 'q-2' }])
  expect((await get('/api/quarantine?kind=phone')).items).toMatchObject([{ id: 'q-2' }])
  expect((await get(`/api/quarantine?since=${now}`)).items).toMatchObject([{ id: 'q-3' }])
  expect((await get(`/api/quarantine?until=${now - 2}`)).items).toMatchObject([{ id: 'q-1' }])
  expect((await get('/api/quarantine?device=d-2')).items).toMatchObject([{ id: 'q-3' }])
})

test('retries messages once, after the cause was fixed, and lists what became of them', async () => {
  const event = Buffer.from(JSON.stringify({ ts: now, event: 'error' }))
  const late = { topic: 'pm/v1/devices/d-late/event', device_id: 'd-late', reason: 'unknown_device' }
  await api.records.db
    .insertInto('quarantine')
    .values([
      quarantined('late-1', { ...late, payload: event, received_at: new Date(now + 1) }),
      quarantined('late-2', { ...late, payload: Buffer.from('{'), received_at: new Date(now + 2) }),
    ])
    .execute()
  const unknown = { outcome: 'quarantined', reason: 'unknown_device' }
  expect(await post({ ids: ['late-1', 'none'] })).toMatchObject({
    items: [
      { id: 'late-1', ...unknown },
      { id: 'none', outcome: 'unknown' },
    ],
  })
  await api.registration.register([{ id: 'd-late', kind: 'phone' }])
  expect(await post({ device: 'd-late', dryRun: true })).toMatchObject({
    items: [
      { id: 'late-1', outcome: 'stored' },
      { id: 'late-2', outcome: 'quarantined' },
    ],
  })
  const { items, next } = await post({ device: 'd-late', limit: 1 })
  expect(items).toEqual([{ id: 'late-1', outcome: 'stored' }])
  expect(await post({ device: 'd-late', cursor: next })).toMatchObject({
    items: [{ id: 'late-2', outcome: 'quarantined', reason: 'not_json' }],
  })
  expect(await post({ ids: ['late-1'] })).toEqual({
    items: [{ id: 'late-1', outcome: 'unknown' }],
    next: null,
  })
  await api.runProjection()
  expect(await get('/api/quarantine?device=d-late')).toMatchObject({
    items: [{ id: 'late-2', reason: 'not_json', retries: 1 }],
  })
  expect(await get('/api/quarantine?device=d-late&state=done')).toMatchObject({
    items: [{ id: 'late-1', outcome: 'stored', retries: 2, payload: '' }],
  })
})
