import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { device, now, ticket } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

const week = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', until: '18:00' }]

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(async () => {
  await deleteAllRecords(api.records)
  const technician = { timeZone: 'UTC', shifts: week, visitsADay: 3, region: 'DE' }
  const body = { ...technician, name: 'Grace', skills: [{ skill: 'power' }] }
  await sendRequest(api, 'PUT /api/technicians/t-1', { body })
  await sendRequest(api, 'PUT /api/technicians/t-2', {
    body: { ...body, name: 'Hedy', region: 'CN', shifts: [] },
  })
  const { db } = api.records
  await db
    .insertInto('owners')
    .values({ id: 'u-1', created_at: new Date(now), region: 'DE' })
    .execute()
  await db
    .insertInto('devices')
    .values(device('d-1', { region: 'DE' }))
    .execute()
  await db
    .insertInto('tickets')
    .values(ticket('k-1', { skill: 'power', part: null }))
    .execute()
  await db
    .insertInto('tickets')
    .values(ticket('k-2', { device_id: 'd-1', epoch: 1 }))
    .execute()
})

const offer = (technician: string, key?: string) =>
  sendRequest(api, 'POST /api/tickets/k-1/offers', {
    body: { technician, actor: 'dispatcher:ada', reasons: ['He is near.'] },
    ...(key !== undefined && { key }),
  })
const answer = (id: string, body: object) => sendRequest(api, `POST /api/offers/${id}/answer`, { body })
const by = 'technician:t-1'

test('who could go, why, when, and who could not', async () => {
  const { body } = await sendRequest(api, 'GET /api/tickets/k-1/proposals')
  expect(body.proposals).toMatchObject([
    {
      technician: 't-1',
      name: 'Grace',
      distanceKm: null,
      partFrom: null,
      visit: { from: expect.any(String) },
    },
  ])
  expect(body.proposals[0].reasons.length).toBeGreaterThan(0)
  expect(body.excluded).toMatchObject([{ technician: 't-2', reason: expect.any(String) }])
  const { slots } = (await sendRequest(api, 'GET /api/tickets/FW-2026-k-1/slots')).body
  expect(slots).toHaveLength(7)
  expect(slots[0]).toEqual(body.proposals[0].visit)
  expect((await sendRequest(api, 'GET /api/tickets/x/slots')).body.code).toBe('ticket_not_found')
})

test('a ticket that somebody has is for his free times alone, whatever he said before', async () => {
  const slots = async () => (await sendRequest(api, 'GET /api/tickets/k-1/slots')).body.slots
  const his = await slots()
  const evenings = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '20:00', until: '23:00' }]
  const body = { timeZone: 'UTC', shifts: evenings, visitsADay: 3, name: 'Ida', skills: [{ skill: 'power' }] }
  await sendRequest(api, 'PUT /api/technicians/t-3', { body })
  expect(await slots()).toHaveLength(2 * his.length)

  const { id } = (await offer('t-1')).body
  await answer(id, { answer: 'declined', reason: 'Too far.', actor: by })
  const order = (command: object) =>
    sendRequest(api, 'POST /api/tickets/k-1/commands', { body: { actor: 'dispatcher:ada', command } })
  expect((await order({ do: 'assign', technician: 't-1' })).status).toBe(200)
  expect(await slots()).toEqual(his)

  expect((await order({ do: 'book_visit', ...his[1] })).status).toBe(200)
  expect(await slots()).toEqual(his)
})

test('an offer is made once, and accepting it assigns the ticket', async () => {
  const [first, again] = await Promise.all([offer('t-1', 'k'), offer('t-1', 'k')])
  expect(first?.body).toMatchObject({ technician: 't-1', state: 'offered' })
  expect(again?.body).toEqual(first?.body)
  const { id } = first?.body ?? {}
  expect((await answer(id, { answer: 'accepted', actor: by })).body.state).toBe('accepted')
  const { body } = await sendRequest(api, 'GET /api/tickets/k-1')
  expect(body).toMatchObject({ workState: 'assigned', technician: 't-1', offers: [{ state: 'accepted' }] })
  expect((await offer('t-2')).body).toMatchObject({ code: 'command_rejected' })
  expect((await answer(id, { answer: 'declined', actor: by })).body.code).toBe('command_rejected')
})

test('of two offers at once the later one waits, and a declined one says why', async () => {
  await Promise.all([offer('t-1'), offer('t-2')])
  const { body } = await sendRequest(api, 'GET /api/tickets/k-1')
  const states = body.offers.map(({ state }: { state: string }) => state).toSorted()
  expect(states).toEqual(['offered', 'withdrawn'])
  const { id } = body.offers.find(({ state }: { state: string }) => state === 'offered')
  const declined = await answer(id, { answer: 'declined', reason: 'Too far.', actor: by })
  expect(declined.body).toMatchObject({ state: 'declined', reason: 'Too far.' })
})

test('what is not there', async () => {
  expect((await offer('unknown')).body.code).toBe('technician_not_found')
  expect((await answer('x', { answer: 'accepted', actor: by })).body.code).toBe('offer_not_found')
})

test('parts that will be needed', async () => {
  const { body } = await sendRequest(api, 'GET /api/demand?days=60')
  expect(body.demand).toMatchObject([{ region: 'DE', part: 'battery', tickets: 1, free: 0 }])
  expect(body).toMatchObject({ from: new Date(now).toISOString(), transfers: [] })
})
