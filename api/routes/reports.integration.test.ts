import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportSchema } from '../../desk/reports/report-schema.ts'
import { device, ticket } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  const { db } = api.records
  await db
    .insertInto('owners')
    .values({ id: 'u-1', created_at: new Date('2026-05-01') })
    .execute()
  await db.insertInto('devices').values(device('d-1')).execute()
  // The first ticket is of noon on 1 June UTC, the second of the last minute of May UTC.
  await db.insertInto('tickets').values(ticket('t-1')).execute()
  const lastOfMay = new Date('2026-05-31T23:59:00Z')
  await db
    .insertInto('tickets')
    .values(ticket('t-2', { component: 'main_brush', created_at: lastOfMay }))
    .execute()
})
afterAll(() => api.close())

const get = (query: string) => api.app.inject(`/api/reports/monthly?${query}`)

test('a report is of a month in a time zone', async () => {
  const opened = async (query: string) => reportSchema.parse((await get(query)).json()).tickets.opened
  expect(await opened('month=2026-06')).toBe(1)
  expect(await opened('month=2026-05')).toBe(1)
  expect(await opened('month=2026-06&timeZone=Asia/Shanghai')).toBe(2)
})

test('it is told as far as the month has come', async () => {
  const report = reportSchema.parse((await get('month=2026-06')).json())
  expect(report.generatedAt).toBe('2026-06-01T12:00:00.000Z')
  const owners = report.kpis.find(({ id }) => id === 'noticesPerOwnerMonth')
  expect(owners?.n).toBeCloseTo(0.5 / 30.436_875, 6)
})

test('it comes as a page, in either language', async () => {
  const page = await get('month=2026-06&format=html&locale=zh-CN')
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(page.body).toContain('2026年6月服务报告')
})

test('it comes as CSV, to be kept', async () => {
  const csv = await get('month=2026-06&format=csv')
  expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(csv.headers['content-disposition']).toBe('attachment; filename="service-2026-06.csv"')
  expect(csv.body).toContain('tickets,,opened,1')
})

test.each([
  '',
  'month=2026-13',
  'month=2026-06&timeZone=Mars',
  'month=2026-06&format=pdf',
  'month=2026-06&day=1',
])('refuses what is not right: %s', async (query) => {
  const response = await get(query)
  expect({ status: response.statusCode, body: response.json() }).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  })
})
