import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addTechnicians, addTicket, now as deskNow } from '../../desk/dispatch/testing/field.ts'
import { TestDesk } from '../../desk/owners/testing/desk.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { now } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
let notice: string
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(async () => {
  await deleteAllRecords(api.records)
  const { db } = api.records
  await addTicket(db)
  const desk = new TestDesk(db, deskNow)
  await desk.sweep()
  notice = (await desk.notice('battery_replacement')).id
})

const url = () => `/api/users/u-1/notices/${notice}/answers`
const ticket = () =>
  api.records.db.selectFrom('tickets').select(['work_state', 'visit_from']).executeTakeFirstOrThrow()

test('an owner answers once, however often it comes, and finds it in the conversation', async () => {
  const body = { action: 'not_interested' }
  const first = await sendRequest(api, `POST ${url()}`, { key: 'k-1', body })
  expect(first).toMatchObject({ status: 200, body: { id: notice, state: 'done' } })
  expect(await sendRequest(api, `POST ${url()}`, { key: 'k-1', body })).toMatchObject({
    status: 200,
    again: true,
  })
  expect(await ticket()).toMatchObject({ work_state: 'cancelled' })
  const { body: list } = await sendRequest(api, 'GET /api/users/u-1/notices')
  expect(list.items).toMatchObject([
    { id: notice, answers: [{ action: 'not_interested', data: {}, at: new Date(now).toISOString() }] },
  ])
})

test('what he has put off is not there before its time', async () => {
  await sendRequest(api, `POST ${url()}`, { body: { action: 'snooze' } })
  const { body: list } = await sendRequest(api, 'GET /api/users/u-1/notices')
  expect(list.items).toMatchObject([{ id: notice, state: 'snoozed' }])
})

test('a visit is booked at one of the times that are given', async () => {
  await addTechnicians(api.records.db, [{ id: 'ada' }])
  const { id } = await api.records.db.selectFrom('tickets').select('id').executeTakeFirstOrThrow()
  const { body: slots } = await sendRequest(api, `GET /api/tickets/${id}/slots`)
  const { from, until } = slots.slots[0]
  const [start, end] = [Date.parse(from), Date.parse(until)]
  const late = await sendRequest(api, `POST ${url()}`, {
    body: { action: 'book', from: new Date(start + 60_000), until: new Date(end + 60_000) },
  })
  expect(late).toMatchObject({ status: 409, body: { code: 'command_rejected' } })
  expect(late.body.detail).toContain('No technician is free')
  const booked = await sendRequest(api, `POST ${url()}`, { body: { action: 'book', from, until } })
  expect(booked).toMatchObject({
    status: 200,
    body: { answers: [{ action: 'book', data: { from: start, until: end } }] },
  })
  expect((await ticket()).visit_from?.getTime()).toBe(start)
})

test.each<[string, object, number, string]>([
  ['what it does not offer', { action: 'rate', score: 5 }, 409, 'command_rejected'],
  ['what there is not', { action: 'shout' }, 400, 'invalid_request'],
  ['a score beyond the stars', { action: 'rate', score: 6 }, 400, 'invalid_request'],
  ['an eternity', { action: 'snooze', forMs: 1e15 }, 400, 'invalid_request'],
  ['more than is asked', { action: 'done_myself', really: true }, 400, 'invalid_request'],
])('refuses %s', async (_what, body, status, code) => {
  expect(await sendRequest(api, `POST ${url()}`, { body })).toMatchObject({ status, body: { code } })
})

test("refuses another one's notice", async () => {
  const body = { action: 'done_myself' }
  const answer = await sendRequest(api, `POST ${url().replace('u-1', 'u-2')}`, { body })
  expect(answer).toMatchObject({ status: 404, body: { code: 'notice_not_found' } })
  expect(await ticket()).toMatchObject({ work_state: 'open' })
})
