import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { emptyRecords } from '../../store/records/testing/empty-records.ts'
import { addDepot, addTechnicians, addTicket } from '../../workers/dispatch/testing/field.ts'
import { ask } from '../testing/ask.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
let ticket: string
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(async () => {
  await emptyRecords(api.records)
  await addTechnicians(api.records.db, [{ id: 'ada' }, { id: 'bo', skill: 'water' }])
  await addDepot(api.records.db, { id: 'berlin' }, { onHand: 0, safety: 1 })
  ticket = await addTicket(api.records.db)
})

const offer = (technician: string) =>
  ask(api, `POST /api/tickets/${ticket}/offers`, { body: { technician, by: 'dispatcher:kim' } })
const answer = (id: string, key?: string) => {
  const body = { answer: 'accepted', by: 'technician:ada' }
  return ask(api, `POST /api/offers/${id}/answer`, { body, ...(key !== undefined && { key }) })
}

describe('dispatch over HTTP', () => {
  test('proposes who has the skill, and says why', async () => {
    const { status, body } = await ask(api, `GET /api/tickets/${ticket}/proposals`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      proposals: [
        { technician: 'ada', reasons: expect.arrayContaining(['has the skill power for robot_vacuum']) },
      ],
      leftOut: [],
    })
  })

  test('offers, and assigns what is accepted, once', async () => {
    const { body } = await offer('ada')
    expect(body).toMatchObject({ technician: 'ada', state: 'offered', ticket })
    const { id } = body as { id: string }
    const answers = await Promise.all([answer(id, 'k-1'), answer(id, 'k-1'), answer(id)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const shown = await ask(api, `GET /api/tickets/${ticket}`)
    expect(shown.body).toMatchObject({ workState: 'assigned' })
  })

  test('refuses in words', async () => {
    expect(await offer('nobody')).toMatchObject({ status: 404, body: { code: 'technician_not_found' } })
    expect(await answer('o-none')).toMatchObject({ status: 404, body: { code: 'offer_not_found' } })
    await ask(api, `POST /api/tickets/${ticket}/commands`, {
      body: { actor: 'dispatcher:kim', command: { do: 'assign', technician: 'ada' } },
    })
    expect(await offer('ada')).toMatchObject({
      status: 409,
      body: { code: 'command_refused', detail: expect.stringContaining('only an open one can be offered') },
    })
  })

  test('forecasts what will be needed', async () => {
    const { body } = await ask(api, 'GET /api/demand?days=30')
    expect(body).toMatchObject({ demand: [{ region: 'DE', part: 'battery', tickets: 1, free: 0 }] })
  })
})
