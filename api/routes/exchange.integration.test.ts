import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ownerIdProblem } from '../../contract/ids.ts'
import { deleteAllRecords } from '../../store/records/testing/delete-all-records.ts'
import { now, ticket } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())
beforeEach(() => deleteAllRecords(api.records))

const lines = (...rows: string[]) => rows.map((row) => `${row}\n`).join('')
const send = (what: string, csv: string, key?: string) =>
  sendRequest(api, `POST /api/import/${what}`, { csv, ...(key !== undefined && { key }) })
const exported = async (what: string) => (await sendRequest(api, `GET /api/export/${what}`)).text

describe('owners', () => {
  const file = lines('id,name,timeZone,quietFrom', 'u-1,Ada,Asia/Shanghai,21:00', 'u-2,"Bob, jr.",,')

  test('are taken, counted, and kept apart from what is as it was', async () => {
    expect((await send('owners', file)).body).toEqual({
      dryRun: false,
      rows: 2,
      new: 2,
      changed: 0,
      unchanged: 0,
    })
    expect((await send('owners', file)).body).toMatchObject({ new: 0, changed: 0, unchanged: 2 })
    const changed = lines('id,locale', 'u-1,zh-CN', 'u-2,')
    expect((await send('owners', changed)).body).toMatchObject({ new: 0, changed: 1, unchanged: 1 })
    expect((await sendRequest(api, 'GET /api/owners/u-1')).body).toMatchObject({
      name: 'Ada',
      locale: 'zh-CN',
      timeZone: 'Asia/Shanghai',
      quietFrom: '21:00',
      version: 2,
    })
    expect((await sendRequest(api, 'GET /api/owners/u-2')).body).toMatchObject({
      name: 'Bob, jr.',
      version: 1,
    })
  })

  test('a dry run changes nothing', async () => {
    expect((await send('owners?dryRun=true', file)).body).toMatchObject({ dryRun: true, new: 2 })
    expect((await sendRequest(api, 'GET /api/owners')).body.items).toEqual([])
  })

  test('one wrong row keeps all of them out, and every wrong cell is told with its place', async () => {
    const wrong = lines(
      'id,name,timeZone,latitude,longitude',
      'u-1,Ada,Europe/Berlin,52.5,13.4',
      'u-2,"two',
      'lines",Mars/Olympus,north,',
      ',Cem,UTC,,',
      'u-1,Ada,UTC,1,1',
      'u-4,Dora,UTC',
      'u-5,Eve,UTC,1,',
    )
    const answer = await send('owners', wrong)
    expect(answer).toMatchObject({ status: 422, body: { code: 'import_invalid' } })
    const told = answer.body.rows.map(({ line, column }: { line: number; column: string }) => [line, column])
    expect(told).toEqual([
      [3, 'timeZone'],
      [3, 'latitude'],
      [5, 'id'],
      [7, null],
    ])
    for (const { message, hint } of answer.body.rows) expect([message, hint]).not.toContain('')
    expect((await sendRequest(api, 'GET /api/owners')).body.items).toEqual([])
    const rest = lines('id,latitude,longitude', 'u-1,1,1', 'u-1,2,2', 'u-5,1,')
    expect((await send('owners', rest)).body.rows).toEqual([
      { line: 3, column: 'id', message: 'line 2 is about the same', hint: 'Delete one of the two.' },
      expect.objectContaining({ line: 4, column: 'longitude' }),
    ])
  })

  test.each([
    ['', 'the file is empty'],
    ['name\nAda\n', 'the column id is missing'],
    ['id,nmae\nu-1,Ada\n', 'there is no column "nmae"'],
    ['id;name\nu-1;Ada\n', 'separated by ";"'],
    ['id,id\nu-1,u-1\n', 'the column is there twice'],
    ['id,name\nu-1,"Ada\n', 'Quote Not Closed'],
    ['id,name\nu-1,A"da\n', 'Invalid Opening Quote'],
    ['id;name\nu-1;"Ada"\n', 'separated by ";"'],
    ['"id"\t"name"\nu-1\tAda\n', 'separated by tabs'],
    ['id\nu\0\n', 'contains the character NUL'],
  ])('refuses the file %j', async (csv, message) => {
    const { status, body } = await send('owners', csv)
    expect(status).toBe(422)
    expect(body.rows[0]).toMatchObject({ message: expect.stringContaining(message) })
  })

  test('refuses what is not UTF-8, not a file, or too large', async () => {
    const { app } = api
    const url = '/api/import/owners'
    const headers = { 'content-type': 'text/csv' }
    const latin = await app.inject({
      method: 'POST',
      url,
      headers,
      payload: Buffer.from('id\nK\xf6ln\n', 'latin1'),
    })
    expect(latin.json().rows[0].message).toBe('the file is not UTF-8')
    expect((await sendRequest(api, `POST ${url}`, { body: { id: 'u-1' } })).status).toBe(400)
    const large = await app.inject({ method: 'POST', url, headers, payload: Buffer.alloc(9_000_000, 'x') })
    expect(large.statusCode).toBe(413)
  })

  test('refuses more rows than one transaction is to hold, and says from where on', async () => {
    const rows = Array.from({ length: 50_001 }, (_, index) => `u-${index}`)
    const { status, body } = await send('owners', lines('id', ...rows))
    expect([status, body.code]).toEqual([413, 'payload_too_large'])
    expect(body.detail).toContain('more than 50,000 rows: from line 50002 on')
    expect((await sendRequest(api, 'GET /api/owners')).body.items).toEqual([])
  })

  test('the same file with the same key is taken once', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => send('owners', file, 'k-1')))
    for (const { body } of answers) expect(body).toMatchObject({ new: 2 })
    expect((await send('owners', `${file}u-3,,,\n`, 'k-1')).body.code).toBe('idempotency_key_reused')
  })

  test('a table that is larger than a page comes and goes whole', async () => {
    const many = Array.from({ length: 1_234 }, (_, index) => `u-${String(index).padStart(5, '0')}`)
    expect((await send('owners', lines('id', ...many))).body).toMatchObject({ new: 1_234 })
    const csv = await exported('owners')
    expect(csv.split('\r\n')).toHaveLength(1_234 + 2)
    expect((await send('owners', csv)).body).toMatchObject({ unchanged: 1_234 })
  })

  test('what a spreadsheet would calculate is exported behind an apostrophe', async () => {
    await send('owners', lines('id,name', 'u-1,"=HYPERLINK(""http://x"")"'))
    const csv = await exported('owners')
    expect(csv).toContain(`u-1,"'=HYPERLINK(""http://x"")"`)
  })
})

const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('=', "'", '"', ',', '\n', '\r', '-', '@', ' ', 'a', '＝'),
      minLength: 1,
      maxLength: 8,
    }),
  )
  .filter(
    (value) =>
      !value.includes('\0') && !/\p{Surrogate}/u.test(value) && value.trim() === value && value !== '',
  )

describe('what is exported is imported as it was', () => {
  test('owners', async () => {
    const id = text.filter((one) => ownerIdProblem(one) === undefined)
    const owner = fc.record({
      name: fc.option(text),
      latitude: fc.option(fc.double({ min: -90, max: 90, noNaN: true })),
    })
    await fc.assert(
      fc.asyncProperty(fc.dictionary(id, owner, { minKeys: 1, maxKeys: 4 }), async (owners) => {
        await deleteAllRecords(api.records)
        const rows = Object.entries(owners).map(([id, { name, latitude }]) => ({
          id,
          name,
          latitude,
          longitude: latitude,
          created_at: new Date(now),
        }))
        await api.records.db.insertInto('owners').values(rows).execute()
        const csv = await exported('owners')
        expect((await send('owners', csv)).body).toMatchObject({ rows: rows.length, unchanged: rows.length })
        await deleteAllRecords(api.records)
        await send('owners', csv)
        const after = await api.records.db.selectFrom('owners').select(['id', 'name', 'latitude']).execute()
        const before = rows.map(({ id, name, latitude }) => ({ id, name, latitude }))
        expect(new Set(after.map((row) => JSON.stringify(row)))).toEqual(
          new Set(before.map((row) => JSON.stringify(row))),
        )
      }),
      { numRuns: 40, seed: 8 },
    )
  })

  test('technicians with their shifts and skills', async () => {
    await sendRequest(api, 'PUT /api/depots/van-1', { body: { name: 'Van', kind: 'van' } })
    const csv = lines(
      'id,name,timeZone,shifts,visitsADay,van,skills,active',
      't-1,Grace,Europe/Berlin,1-5 08:00-17:00; 6 22:00-02:00,6,van-1,power; water:washing_machine:WM/1,',
      't-2,Hedy,UTC,"1,3-4 08:00-17:00",4,,,false',
    )
    expect((await send('technicians', csv)).body).toMatchObject({ new: 2 })
    expect((await sendRequest(api, 'GET /api/technicians/t-1')).body).toMatchObject({
      van: 'van-1',
      active: true,
      shifts: [
        { days: [1, 2, 3, 4, 5], from: '08:00', until: '17:00' },
        { days: [6], from: '22:00', until: '02:00' },
      ],
      skills: [
        { skill: 'power', kind: '*', model: '*' },
        { skill: 'water', kind: 'washing_machine', model: 'WM/1' },
      ],
    })
    expect((await sendRequest(api, 'GET /api/technicians/t-2')).body).toMatchObject({
      active: false,
      shifts: [{ days: [1, 3, 4] }],
    })
    expect((await send('technicians', await exported('technicians'))).body).toMatchObject({ unchanged: 2 })
    const skills = lines('id,skills', 't-1,power')
    expect((await send('technicians', skills)).body).toMatchObject({ changed: 1 })
    expect((await sendRequest(api, 'GET /api/technicians/t-1')).body).toMatchObject({
      name: 'Grace',
      version: 2,
    })
  })

  test.each([
    ['shifts', '1-5'],
    ['shifts', '9 08:00-17:00'],
    ['shifts', '5-1 08:00-17:00'],
    ['shifts', '1 08:00-08:00'],
    ['skills', 'a:b:c:d'],
    ['skills', 'power;;water'],
    ['visitsADay', '1.5'],
    ['active', 'yes'],
    ['van', 'nowhere'],
  ])('a technician whose %s are %s is refused', async (column, cell) => {
    const good = { id: 't-1', name: 'G', timeZone: 'UTC', visitsADay: '6' }
    const row = { ...good, [column]: cell }
    const { body } = await send(
      'technicians',
      lines(Object.keys(row).join(','), Object.values(row).join(',')),
    )
    expect(body.rows).toMatchObject([{ line: 2, column }])
  })

  test('stock', async () => {
    for (const id of ['d-1', 'd-2'])
      await sendRequest(api, `PUT /api/depots/${id}`, { body: { name: id, kind: 'depot' } })
    const csv = lines('depot,part,onHand,safety', 'd-1,battery,5,2', 'd-2,battery,0,', 'd-1,pump,7,0')
    expect((await send('stock', csv)).body).toMatchObject({ new: 3 })
    expect((await send('stock', await exported('stock'))).body).toMatchObject({ unchanged: 3 })
    await api.records.db.updateTable('stock').set({ reserved: 4 }).where('on_hand', '=', 5).execute()
    const wrong = lines('depot,part,onHand', 'd-1,battery,3', 'd_2,battery,1', 'd-2,battery,-1')
    expect((await send('stock', wrong)).body.rows).toMatchObject([{ line: 4, column: 'onHand' }])
    const { body } = await send('stock', lines('depot,part,onHand', 'd-1,battery,3', 'd_2,battery,1'))
    expect(body.rows).toMatchObject([
      { line: 2, column: 'onHand', message: 'tickets hold 4 of them' },
      { line: 3, column: 'depot', hint: expect.stringContaining('Did you mean') },
    ])
  })

  test('devices, which acceptance, journal and records get to know', async () => {
    const csv = lines(
      'id,kind,model,owner,region,inUseSince',
      'wm-1,washing_machine,WM-100,u-1,DE,2026-01-31T12:00:00Z',
      'rv-1,robot_vacuum,,,,',
    )
    expect((await send('devices?dryRun=true', csv)).body).toMatchObject({ new: 2 })
    expect((await send('devices', csv)).body).toMatchObject({ new: 2 })
    await api.runProjection()
    expect((await sendRequest(api, 'GET /api/devices/wm-1')).body).toMatchObject({
      model: 'WM-100',
      owner: 'u-1',
      presence: null,
    })
    expect((await sendRequest(api, 'GET /api/owners/u-1')).status).toBe(200)
    expect((await send('devices', await exported('devices'))).body).toMatchObject({ unchanged: 2 })
    expect((await send('devices', lines('id,model', 'wm-1,', 'rv-1,RV-20'))).body).toMatchObject({
      changed: 1,
      unchanged: 1,
    })
    await api.runProjection()
    expect((await sendRequest(api, 'GET /api/devices/wm-1')).body).toMatchObject({ model: 'WM-100' })
    expect((await sendRequest(api, 'GET /api/devices/rv-1')).body).toMatchObject({ model: 'RV-20' })
    const wrong = lines('id,kind', 'x-1,toaster', 'a/b,phone', 'x-2,phone')
    expect((await send('devices', wrong)).body.rows).toMatchObject([{ line: 3, column: 'id' }])
    expect((await send('devices', lines('id,kind', 'x-1,toaster', 'x-2,phone'))).body.rows).toMatchObject([
      { line: 2, column: 'kind', message: 'there is no device kind toaster' },
    ])
    const future = lines('id,kind,inUseSince', 'x-2,phone,2100-01-01T00:00:00Z')
    expect((await send('devices', future)).body.rows).toMatchObject([
      { line: 2, column: 'inUseSince', message: expect.stringContaining('is allowed now') },
    ])
  })
})

test('tickets leave only', async () => {
  await api.records.db
    .insertInto('tickets')
    .values([ticket('t-1', { cause: '+49 call' })])
    .execute()
  const csv = await exported('tickets')
  expect(csv.split('\r\n')[1]).toContain('FW-2026-t-1,t-1,d-1,battery,0,')
  expect(csv).toContain("'+49 call")
  expect((await send('tickets', csv)).status).toBe(404)
})
