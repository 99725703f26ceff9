import { afterAll, beforeAll, expect, test } from 'vitest'
import { device, ticket } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  await api.records.db.insertInto('owners').values({ id: 'u-1', created_at: new Date() }).execute()
  await api.records.db.insertInto('devices').values(device('d-1')).execute()
  await api.records.db.insertInto('tickets').values(ticket('t-1')).execute()
})
afterAll(() => api.close())

const put = async (id: string, payload: object) => {
  const response = await api.app.inject({ method: 'PUT', url: `/api/tickets/${id}/verdict`, payload })
  return { status: response.statusCode, body: response.json() }
}

test('a verdict is kept on the ticket and in its history, and may be changed', async () => {
  expect((await put('t-1', { verdict: 'worn', by: 'kim' })).body).toMatchObject({
    id: 't-1',
    verdict: 'worn',
  })
  expect((await put('t-1', { verdict: 'sensor_fault', by: 'lee' })).status).toBe(200)
  const { verdict, history } = (await api.app.inject('/api/tickets/t-1')).json()
  expect(verdict).toBe('sensor_fault')
  expect(history.at(-1)).toMatchObject({
    actor: 'lee',
    what: 'verdict',
    detail: { verdict: 'sensor_fault' },
  })
  const { verdicts } = (await api.app.inject('/api/history')).json()
  expect(verdicts).toMatchObject([{ device: 'd-1', verdict: 'sensor_fault' }])
})

test.each([
  ['t-2', { verdict: 'worn', by: 'kim' }, 404, 'ticket_not_found'],
  ['t-1', { verdict: 'fine', by: 'kim' }, 400, 'invalid_request'],
  ['t-1', { verdict: 'worn' }, 400, 'invalid_request'],
])('refuses what is not right: %s %o', async (id, payload, status, code) => {
  expect(await put(id, payload)).toMatchObject({ status, body: { code } })
})
