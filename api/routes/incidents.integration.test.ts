import { afterAll, beforeAll, expect, test } from 'vitest'
import { finding, incident, now, ticket } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
const get = async (url: string) => (await api.app.inject(url)).json()

beforeAll(async () => {
  api = await openTestApi()
  const { db } = api.records
  await db
    .insertInto('incidents')
    .values([
      incident('i-1', { opened_at: new Date(now - 2), state: 'closed' }),
      incident('i-2', { opened_at: new Date(now - 1), rule: 'phone.battery_worn', kind: 'phone' }),
      incident('i-3'),
    ])
    .execute()
  await db.insertInto('tickets').values(ticket('t-1')).execute()
  const withheld = JSON.stringify({ notice: 'battery_replacement' })
  await db
    .insertInto('findings')
    .values([
      { ...finding('f-1', 't-1'), incident_id: 'i-3' },
      { ...finding('f-2', 't-1'), ticket_id: null, incident_id: 'i-3', withheld, at: new Date(now + 1) },
      finding('f-3', 't-1'),
    ])
    .execute()
})
afterAll(() => api.close())

test('lists incidents, newest first, page by page', async () => {
  const first = await get('/api/incidents?limit=2')
  expect(first.items).toMatchObject([
    {
      id: 'i-3',
      rule: 'robot_vacuum.battery_worn',
      scope: 'firmware',
      subject: 'RV-20/2.1.0',
      threshold: 20,
      devices: 2_000,
      folded: 1_960,
      waiting: 1,
    },
    { id: 'i-2', waiting: 0 },
  ])
  const second = await get(`/api/incidents?limit=2&cursor=${first.next}`)
  expect(second).toMatchObject({ items: [{ id: 'i-1', state: 'closed' }], next: null })
})

test('filters by state and rule', async () => {
  expect((await get('/api/incidents?state=closed')).items).toMatchObject([{ id: 'i-1' }])
  expect((await get('/api/incidents?rule=phone.battery_worn')).items).toMatchObject([{ id: 'i-2' }])
})

test('tells the findings of an incident, and which of them wait', async () => {
  const first = await get('/api/incidents/i-3/findings?limit=1')
  expect(first.items).toMatchObject([{ id: 'f-2', device: 'd-1', ticket: null, waiting: true }])
  const second = await get(`/api/incidents/i-3/findings?limit=1&cursor=${first.next}`)
  expect(second).toMatchObject({ items: [{ id: 'f-1', ticket: 't-1', waiting: false }], next: null })
  expect(await get('/api/incidents/i-9/findings')).toMatchObject({ code: 'incident_not_found', status: 404 })
})
