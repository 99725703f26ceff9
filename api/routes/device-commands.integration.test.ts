import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { now } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
let devices = 0
let id: string

beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(async () => {
  await deleteAllRecords(api.records)
  id = `d-${++devices}`
  await importCsv(`id,kind,owner,region\n${id},robot_vacuum,sam,de\n`)
})

const importCsv = (csv: string) => sendRequest(api, 'POST /api/import/devices', { csv })
const command = (body: object, options: object = {}) =>
  sendRequest(api, `POST /api/devices/${id}/commands`, { body: { command: body }, ...options })
const recorded = async (one = id) => {
  await api.runProjection()
  return (await sendRequest(api, `GET /api/devices/${one}`)).body
}
const listed = async (query = '') =>
  (await sendRequest(api, `GET /api/devices${query}`)).body.items.map((each: { id: string }) => each.id)

describe('a device', () => {
  test('is retired and brought back', async () => {
    expect(await sendRequest(api, `DELETE /api/devices/${id}`)).toMatchObject({
      status: 200,
      body: { id, owner: 'sam', region: 'DE', retiredAt: new Date(now).toISOString() },
    })
    expect(await recorded()).toMatchObject({ retiredAt: new Date(now).toISOString(), openTickets: [] })
    expect(await listed()).not.toContain(id)
    expect(await listed('?retired=true')).toContain(id)
    expect((await command({ do: 'restore' })).body).toMatchObject({ retiredAt: null })
    expect(await recorded()).toMatchObject({ retiredAt: null, owner: 'sam' })
  })

  test('is taken from its owner, moved and changed', async () => {
    expect((await command({ do: 'unassign' })).body).toMatchObject({ owner: null })
    expect(await recorded()).toMatchObject({ owner: null, region: 'DE' })
    const moved = await command({ do: 'move', site: 'hotel-2', region: 'us_ca' })
    expect(moved.body).toMatchObject({ site: 'hotel-2', region: 'US-CA' })
    const body = { owner: 'bea', site: null, model: 'RV-20' }
    await sendRequest(api, `PATCH /api/devices/${id}`, { body })
    expect(await recorded()).toMatchObject({ owner: 'bea', site: null, model: 'RV-20', region: 'US-CA' })
  })

  test('is renamed: its tickets are found under the new id, and the former id says where it is', async () => {
    const to = `${id}-hall`
    expect((await command({ do: 'rename', to })).body).toMatchObject({
      id: to,
      formerIds: [id],
      owner: 'sam',
    })
    expect(await recorded(to)).toMatchObject({ owner: 'sam', formerIds: [id] })
    expect(await recorded()).toMatchObject({ renamedTo: to })
    expect(await listed()).not.toContain(id)
    expect((await command({ do: 'rename', to: 'x' })).body).toMatchObject({ code: 'command_rejected' })
  })

  test('is replaced as a whole: each component has a new epoch', async () => {
    expect((await command({ do: 'replace' })).status).toBe(200)
    expect((await command({ do: 'replace', component: 'battery', at: '2026-05-01T00:00:00Z' })).status).toBe(
      200,
    )
    await api.runProjection()
    const epochs = await api.records.db
      .selectFrom('epochs')
      .select(['component', 'number'])
      .where('device_id', '=', id)
      .orderBy('component')
      .execute()
    expect(epochs.map(({ component, number }) => `${component} ${number}`)).toEqual([
      'battery 1',
      'dust_bin 1',
      'filter 1',
      'main_brush 1',
      'main_brush_motor 1',
    ])
  })

  test('a repeated key has no second effect', async () => {
    const first = await command({ do: 'retire', reason: 'sold' }, { key: `k-${id}` })
    await command({ do: 'restore' })
    const again = await command({ do: 'retire', reason: 'sold' }, { key: `k-${id}` })
    expect([again.again, again.text]).toEqual([true, first.text])
    expect(await recorded()).toMatchObject({ retiredAt: null })
  })
})

describe('an invalid command is rejected with the reason', () => {
  test.each([
    [{ do: 'replace', component: 'batery' }, 409, 'did you mean battery?'],
    [{ do: 'rename', to: 'a/b' }, 409, 'it has /'],
    [{ do: 'move', region: 'Germany' }, 400, 'did you mean DE?'],
    [{ do: 'explode' }, 400, 'command'],
  ])('%j', async (body, status, words) => {
    const response = await command(body)
    expect([response.status, response.body.detail]).toEqual([status, expect.stringContaining(words)])
  })

  test('an owner whose id no phone can subscribe to, and an unknown device', async () => {
    const patched = await sendRequest(api, `PATCH /api/devices/${id}`, { body: { owner: 'a+b@c' } })
    expect([patched.status, patched.body.detail]).toEqual([400, expect.stringContaining('it has +')])
    expect(await sendRequest(api, 'DELETE /api/devices/unknown')).toMatchObject({
      status: 404,
      body: { code: 'device_not_found' },
    })
    const contact = { channel: 'email', address: { to: 'a@example.org' } }
    const added = await sendRequest(api, 'POST /api/users/ada%23home/contacts', { body: contact })
    expect([added.status, added.body.detail]).toEqual([400, expect.stringContaining('it has #')])
  })
})

describe('an import', () => {
  test.each([['-'], ['none'], ['None']])(
    'with %s takes a device from its owner, an empty cell does not',
    async (cell) => {
      expect((await importCsv(`id,owner\n${id},\n`)).body).toMatchObject({ unchanged: 1 })
      expect((await importCsv(`id,owner,region\n${id},${cell},${cell}\n`)).body).toMatchObject({ changed: 1 })
      expect(await recorded()).toMatchObject({ owner: null, region: null })
      expect((await importCsv(`id,owner\n${id},${cell}\n`)).body).toMatchObject({ unchanged: 1 })
    },
  )

  test('retires devices and brings them back', async () => {
    await importCsv(`id,retired\n${id},true\n`)
    expect(await recorded()).toMatchObject({ retiredAt: new Date(now).toISOString(), owner: 'sam' })
    await importCsv(`id,site\n${id},s-1\n`)
    expect(await recorded()).toMatchObject({ retiredAt: new Date(now).toISOString(), site: 's-1' })
    await importCsv(`id,retired\n${id},false\n`)
    expect(await recorded()).toMatchObject({ retiredAt: null })
  })

  test.each([
    ['devices', 'id,kind,owner\nx,phone,ada+home\n', 'it has +'],
    ['devices', 'id,kind,region\nx,phone,Germany\n', 'did you mean DE?'],
    ['devices', 'id,kind\na b,phone\n', 'it has a space'],
    ['owners', 'id,region\nada#1,DE\n', 'it has #'],
    ['owners', 'id\ndispatcher\n', 'reserved for staff'],
    ['owners', 'id,region\nada,Bavaria\n', 'not a region'],
  ])('of %s %j is rejected with line and words', async (table, csv, words) => {
    const { status, body } = await sendRequest(api, `POST /api/import/${table}`, { csv })
    expect([status, body.rows]).toEqual([
      422,
      [expect.objectContaining({ line: 2, message: expect.stringContaining(words) })],
    ])
  })
})
