import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { now } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(async () => {
  await deleteAllRecords(api.records)
  await api.records.db
    .insertInto('owners')
    .values(['u-1', 'u-2', 'u-3'].map((id) => ({ id, created_at: new Date(now) })))
    .execute()
})

describe('/api/owners', () => {
  test('lists them by id, page by page', async () => {
    const first = await sendRequest(api, 'GET /api/owners?limit=2')
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(['u-1', 'u-2'])
    const second = await sendRequest(api, `GET /api/owners?limit=2&cursor=${first.body.next}`)
    expect(second.body).toMatchObject({ items: [{ id: 'u-3', locale: 'en', timeZone: 'UTC' }], next: null })
  })

  test('a change says which version was seen, and is told under a new tag', async () => {
    const { tag } = await sendRequest(api, 'GET /api/owners/u-1')
    const body = { name: 'Ada', locale: 'zh-CN', timeZone: 'Asia/Shanghai', latitude: 31.2, longitude: 121.5 }
    const changed = await sendRequest(api, 'PATCH /api/owners/u-1', { ifMatch: tag, body })
    expect(changed).toMatchObject({ status: 200, body: { ...body, quietFrom: '22:00', version: 2 } })
    expect(changed.tag).toMatch(/^"2-/)
    expect((await sendRequest(api, 'GET /api/owners/u-1')).tag).toBe(changed.tag)
  })

  test('of two who saw the same version, one changes it', async () => {
    const { tag } = await sendRequest(api, 'GET /api/owners/u-1')
    const answers = await Promise.all(
      ['Ada', 'Bob'].map((name) =>
        sendRequest(api, 'PATCH /api/owners/u-1', { ifMatch: tag, body: { name } }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412])
    const refused = answers.find(({ status }) => status === 412)
    expect(refused?.body).toMatchObject({ code: 'changed_meanwhile', hint: expect.stringContaining('ETag') })
    expect((await sendRequest(api, 'GET /api/owners/u-1')).body.version).toBe(2)
  })

  test('the version alone is enough, an asterisk is any, and nothing is not', async () => {
    const body = { name: 'Ada' }
    expect((await sendRequest(api, 'PATCH /api/owners/u-1', { ifMatch: '"1"', body })).status).toBe(200)
    expect((await sendRequest(api, 'PATCH /api/owners/u-1', { ifMatch: '*', body })).status).toBe(200)
    for (const ifMatch of ['"1"', 'W/"3-x"', '3', '""', 'x'])
      expect((await sendRequest(api, 'PATCH /api/owners/u-1', { ifMatch, body })).status).toBe(412)
    expect(await sendRequest(api, 'PATCH /api/owners/u-1', { body })).toMatchObject({
      status: 428,
      body: { code: 'precondition_required' },
    })
  })

  test('what somebody has already is not sent again', async () => {
    const { tag } = await sendRequest(api, 'GET /api/owners/u-1')
    for (const ifNoneMatch of [tag, `"x", W/${tag}`, '*']) {
      const again = await sendRequest(api, 'GET /api/owners/u-1', { ifNoneMatch })
      expect(again).toMatchObject({ status: 304, tag, text: '' })
    }
    expect((await sendRequest(api, 'GET /api/owners/u-1', { ifNoneMatch: '"1"' })).status).toBe(200)
  })

  test.each([
    { timeZone: 'Mars/Olympus' },
    { timeZone: '+01:00' },
    { quietFrom: '24:00' },
    { quietUntil: '7:00' },
    { locale: 'tlh' },
    { latitude: 91, longitude: 0 },
    { latitude: 12 },
    { name: ' ' },
    { nmae: 'Ada' },
  ])('refuses %j', async (body) => {
    expect(await sendRequest(api, 'PATCH /api/owners/u-1', { ifMatch: '*', body })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    })
  })

  test('an unknown one is not found', async () => {
    expect((await sendRequest(api, 'GET /api/owners/x')).body).toMatchObject({ code: 'owner_not_found' })
    expect((await sendRequest(api, 'PATCH /api/owners/x', { ifMatch: '*', body: {} })).status).toBe(404)
  })
})

const technician = {
  name: 'Grace',
  region: 'DE-BE',
  latitude: 52.5,
  longitude: 13.4,
  timeZone: 'Europe/Berlin',
  shifts: [{ days: [1, 2, 3, 4, 5], from: '08:00', until: '17:00' }],
  visitsADay: 6,
  van: null,
  skills: [{ skill: 'power' }, { skill: 'cooling', kind: 'refrigerator' }],
}

describe('/api/technicians', () => {
  test('is made known once, and said again with its tag', async () => {
    const made = await sendRequest(api, 'PUT /api/technicians/t-1', { body: technician })
    expect(made).toMatchObject({
      status: 200,
      body: {
        id: 't-1',
        active: true,
        rating: null,
        version: 1,
        skills: [
          { skill: 'cooling', kind: 'refrigerator', model: '*' },
          { skill: 'power', kind: '*', model: '*' },
        ],
      },
    })
    expect((await sendRequest(api, 'PUT /api/technicians/t-1', { body: technician })).status).toBe(428)
    const body = { ...technician, skills: [{ skill: 'water' }] }
    const put = await sendRequest(api, 'PUT /api/technicians/t-1', { ifMatch: made.tag, body })
    expect(put.body).toMatchObject({ version: 2, skills: [{ skill: 'water', kind: '*', model: '*' }] })
    expect((await sendRequest(api, 'PUT /api/technicians/t-1', { ifMatch: made.tag, body })).status).toBe(412)
    expect((await sendRequest(api, 'PUT /api/technicians/new', { ifMatch: made.tag, body })).status).toBe(412)
  })

  test('of two who make the same one known, one does', async () => {
    const answers = await Promise.all(
      ['Grace', 'Hedy'].map((name) =>
        sendRequest(api, 'PUT /api/technicians/t-1', { body: { ...technician, name } }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 428])
  })

  test('is found by region, skill and whether he works', async () => {
    await sendRequest(api, 'PUT /api/technicians/t-1', { body: technician })
    await sendRequest(api, 'PUT /api/technicians/t-2', {
      body: { ...technician, region: 'CN-GD', skills: [] },
    })
    await sendRequest(api, 'POST /api/technicians/t-2/deactivate', { body: {} })
    const ids = async (query: string) =>
      (await sendRequest(api, `GET /api/technicians?${query}`)).body.items.map(({ id }: { id: string }) => id)
    expect(await ids('region=CN-GD')).toEqual(['t-2'])
    expect(await ids('skill=power')).toEqual(['t-1'])
    expect(await ids('active=false')).toEqual(['t-2'])
    expect(await ids('active=true')).toEqual(['t-1'])
    const back = await sendRequest(api, 'POST /api/technicians/t-2/activate', { body: {} })
    expect(back.body).toMatchObject({ active: true, version: 3 })
    expect((await sendRequest(api, 'POST /api/technicians/t-2/activate', { body: {} })).body.version).toBe(3)
  })

  test.each([
    { shifts: [{ days: [8], from: '08:00', until: '17:00' }] },
    { shifts: [{ days: [1], from: '08:00', until: '08:00' }] },
    { visitsADay: 0 },
    { skills: [{ skill: 'a;b' }] },
    { latitude: 1, longitude: null },
    { van: 'nowhere' },
  ])('refuses %j', async (change) => {
    const body = { ...technician, ...change }
    expect((await sendRequest(api, 'PUT /api/technicians/t-1', { body })).status).toBe(400)
  })
})
