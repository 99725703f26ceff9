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
  for (const id of ['d-1', 'd-2'])
    await sendRequest(api, `PUT /api/depots/${id}`, { body: { name: id, kind: 'depot' } })
})

const restock = (quantity: number, key?: string) =>
  sendRequest(api, 'POST /api/depots/d-1/stock/pump/restock', {
    body: { quantity },
    ...(key !== undefined && { key }),
  })
const transfer = (from: string, to: string, quantity: number) =>
  sendRequest(api, `POST /api/depots/${from}/stock/pump/transfer`, { body: { to, quantity } })
const onHand = async (depot: string) =>
  (await sendRequest(api, `GET /api/depots/${depot}/stock/pump`)).body.onHand

describe('/api/depots', () => {
  test('are made known, changed with their tag, and listed', async () => {
    const { tag, body } = await sendRequest(api, 'GET /api/depots/d-1')
    expect(body).toMatchObject({ kind: 'depot', region: null, version: 1 })
    const change = { name: 'Berlin', kind: 'depot', region: 'DE-BE', latitude: 52.5, longitude: 13.4 }
    expect((await sendRequest(api, 'PUT /api/depots/d-1', { body: change })).status).toBe(428)
    expect((await sendRequest(api, 'PUT /api/depots/d-1', { body: change, ifMatch: tag })).body.version).toBe(
      2,
    )
    expect((await sendRequest(api, 'GET /api/depots?region=DE-BE')).body.items).toMatchObject([{ id: 'd-1' }])
    expect((await sendRequest(api, 'GET /api/depots/x')).body.code).toBe('depot_not_found')
  })

  test('a van that somebody drives stays one', async () => {
    await sendRequest(api, 'PUT /api/depots/van-1', { body: { name: 'Van', kind: 'van' } })
    const technician = { name: 'G', timeZone: 'UTC', shifts: [], visitsADay: 1, skills: [], van: 'van-1' }
    expect((await sendRequest(api, 'PUT /api/technicians/t-1', { body: technician })).status).toBe(200)
    const body = { name: 'Van', kind: 'depot' }
    expect((await sendRequest(api, 'PUT /api/depots/van-1', { body, ifMatch: '*' })).body.detail).toContain(
      't-1',
    )
  })
})

describe('/api/stock', () => {
  test('what was counted is said with its tag, and is not less than tickets hold', async () => {
    const level = { onHand: 5, safety: 2 }
    const put = (body: object, ifMatch?: string) =>
      sendRequest(api, 'PUT /api/depots/d-1/stock/pump', { body, ...(ifMatch !== undefined && { ifMatch }) })
    const first = await put(level)
    expect(first.body).toMatchObject({
      depot: 'd-1',
      part: 'pump',
      onHand: 5,
      reserved: 0,
      free: 5,
      safety: 2,
    })
    expect((await put(level)).status).toBe(428)
    await api.records.db.updateTable('stock').set({ reserved: 4 }).execute()
    expect(await put({ onHand: 3 }, first.tag)).toMatchObject({
      status: 409,
      body: { code: 'command_rejected' },
    })
    expect((await put({ onHand: 4, safety: 2 }, first.tag)).body).toMatchObject({ free: 0, version: 2 })
    expect((await sendRequest(api, 'GET /api/stock?low=true')).body.items).toMatchObject([{ part: 'pump' }])
    expect((await sendRequest(api, 'GET /api/stock?low=false')).body.items).toEqual([])
    expect((await sendRequest(api, 'PUT /api/depots/x/stock/pump', { body: level })).body.code).toBe(
      'depot_not_found',
    )
    expect((await sendRequest(api, 'GET /api/depots/d-2/stock/pump')).body.code).toBe('stock_not_found')
  })

  test('is listed page by page', async () => {
    for (const path of ['d-1/stock/a', 'd-1/stock/b', 'd-2/stock/a'])
      await sendRequest(api, `PUT /api/depots/${path}`, { body: { onHand: 1 } })
    const seen: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page = (await sendRequest(api, `GET /api/stock?limit=1${next && `&cursor=${next}`}`)).body as {
        items: { depot: string; part: string }[]
        next: string | null
      }
      seen.push(...page.items.map(({ depot, part }) => `${depot}/${part}`))
      next = page.next
    }
    expect(seen).toEqual(['d-1/a', 'd-1/b', 'd-2/a'])
  })

  test('what arrives is added once a key', async () => {
    await Promise.all(Array.from({ length: 10 }, () => restock(3, 'delivery-1')))
    expect(await onHand('d-1')).toBe(3)
    await Promise.all(Array.from({ length: 10 }, () => restock(1)))
    expect(await onHand('d-1')).toBe(13)
  })

  test('parts that are moved concurrently are neither lost nor created', async () => {
    await restock(10)
    await transfer('d-1', 'd-2', 5)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? transfer('d-1', 'd-2', 2) : transfer('d-2', 'd-1', 3),
      ),
    )
    for (const { status } of answers) expect([200, 409]).toContain(status)
    expect((await onHand('d-1')) + (await onHand('d-2'))).toBe(10)
  })

  test('what is not there, or held, cannot go', async () => {
    await restock(3)
    await api.records.db.updateTable('stock').set({ reserved: 2 }).execute()
    expect((await transfer('d-1', 'd-2', 2)).body).toMatchObject({
      code: 'command_rejected',
      detail: 'd-1 has 3 of pump, of which tickets hold 2: 2 cannot go.',
    })
    expect((await transfer('d-2', 'd-1', 1)).body.code).toBe('stock_not_found')
    expect((await transfer('d-1', 'd-1', 1)).status).toBe(400)
    expect((await transfer('d-1', 'x', 1)).body.code).toBe('depot_not_found')
    expect((await transfer('d-1', 'd-2', 1)).body).toMatchObject({ from: { onHand: 2 }, to: { onHand: 1 } })
  })

  test('less than is safe is to be ordered, until it arrives', async () => {
    const body = { onHand: 1, safety: 3 }
    await sendRequest(api, 'PUT /api/depots/d-1/stock/pump', { body })
    const open = async () => (await sendRequest(api, 'GET /api/replenishments?state=open')).body.items
    expect(await open()).toMatchObject([{ depot: 'd-1', part: 'pump', available: 1, safety: 3 }])
    await restock(2)
    expect(await open()).toEqual([])
  })

  test('what is to be ordered is listed, newest first', async () => {
    await restock(1)
    const row = { depot_id: 'd-1', part: 'pump', available: 1, safety: 2 }
    await api.records.db
      .insertInto('replenishments')
      .values([
        { ...row, id: 'r-1', state: 'done', raised_at: new Date(now - 1), done_at: new Date(now) },
        { ...row, id: 'r-2', state: 'open', raised_at: new Date(now) },
      ])
      .execute()
    const ids = async (query: string) =>
      (await sendRequest(api, `GET /api/replenishments?${query}`)).body.items.map(
        ({ id }: { id: string }) => id,
      )
    expect(await ids('')).toEqual(['r-2', 'r-1'])
    expect(await ids('state=open')).toEqual(['r-2'])
    expect(await ids('depot=d-2')).toEqual([])
  })
})
