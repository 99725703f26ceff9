import { afterAll, beforeAll, expect, test } from 'vitest'
import { device, finding, notice } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

const add = (channel: string, address: unknown) =>
  sendRequest(api, 'POST /api/users/u-1/contacts', { body: { channel, address } })

test('a contact is added once, told without its secrets, and forgotten', async () => {
  const mail = await add('email', { to: 'ada@example.org' })
  expect(mail.body).toMatchObject({
    user: 'u-1',
    channel: 'email',
    address: { to: 'ada@example.org' },
    state: 'active',
  })
  expect((await add('email', { to: 'ada@example.org' })).body.id).toBe(mail.body.id)
  const token = await add('fcm', { token: 'secret-token' })
  expect(token.body.address).toEqual({})
  const { body } = await sendRequest(api, 'GET /api/users/u-1/contacts')
  expect(body.items).toHaveLength(2)
  expect(JSON.stringify(body)).not.toContain('secret-token')
  expect((await sendRequest(api, `DELETE /api/users/u-2/contacts/${mail.body.id}`)).body.code).toBe(
    'contact_not_found',
  )
  expect((await sendRequest(api, `DELETE /api/users/u-1/contacts/${mail.body.id}`)).status).toBe(200)
  expect((await sendRequest(api, 'GET /api/users/u-1/contacts')).body.items).toHaveLength(1)
})

test.each([
  ['email', { to: 'unknown' }],
  ['webhook', { url: 'ftp://example.org' }],
  ['webpush', { endpoint: 'https://example.org' }],
  ['fcm', {}],
  ['pigeon', { to: 'ada' }],
])('refuses %s %j', async (channel, address) => {
  expect((await add(channel, address)).body).toMatchObject({ code: 'invalid_request' })
})

test('a household sees its notices across its devices, newest first', async () => {
  const { db } = api.records
  await db
    .insertInto('owners')
    .values({ id: 'u-1', created_at: new Date(0) })
    .execute()
  await db
    .insertInto('devices')
    .values([device('d-1'), device('d-2')])
    .execute()
  const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms)
  await db
    .insertInto('findings')
    .values(['f-1', 'f-2', 'f-3'].map((id) => ({ ...finding(id, 't-1'), ticket_id: null })))
    .execute()
  const row = (id: string, ms: number, change = {}) => ({
    ...notice(`n-${id}`, `f-${id}`, 't-1'),
    ticket_id: null,
    created_at: at(ms),
    ...change,
  })
  await db
    .insertInto('notices')
    .values([row('1', 1), row('2', 2, { device_id: 'd-2' }), row('3', 3, { user_id: 'u-2' })])
    .execute()
  const { body } = await sendRequest(api, 'GET /api/users/u-1/notices?limit=1')
  expect(body.items).toMatchObject([{ id: 'n-2', device: 'd-2', kind: 'finding', actions: [] }])
  const next = await sendRequest(api, `GET /api/users/u-1/notices?limit=1&cursor=${body.next}`)
  expect(next.body).toMatchObject({ items: [{ id: 'n-1' }], next: null })
  expect((await sendRequest(api, 'GET /api/users/u-1/notices?device=d-1')).body.items).toHaveLength(1)
})
