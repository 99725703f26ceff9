import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { lifetimeReportSchema } from '../../desk/lifetimes/lifetime-report.ts'
import { dayMs } from '../../lib/time.ts'
import { device, now, ticket } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
const daysAgo = (days: number) => new Date(now - days * dayMs)

/** Forty vacuums in use for up to 800 days; the batteries of thirty failed at 350 to 640 days and were replaced. */
beforeAll(async () => {
  api = await openTestApi()
  const { db } = api.records
  await db
    .insertInto('owners')
    .values({ id: 'u-1', created_at: new Date('2024-01-01') })
    .execute()
  for (let n = 0; n < 40; n++) {
    const id = `d-${n}`
    const installed = n < 30 ? 800 : 300
    const change = {
      model: n % 2 === 0 ? 'RV-20' : 'RV-30',
      region: n % 4 === 0 ? 'AT' : 'DE',
      in_use_since: daysAgo(installed),
      first_seen: daysAgo(installed),
    }
    await db.insertInto('devices').values(device(id, change)).execute()
    if (n >= 30) continue
    const since = daysAgo(installed - 350 - 10 * n)
    await db.insertInto('epochs').values({ device_id: id, component: 'battery', number: 1, since }).execute()
    // The technician refuted the fault of two of them: they were replaced in vain.
    const verdict = n < 2 ? 'not_worn' : n % 2 === 0 ? 'worn' : null
    const change2 = { device_id: id, verdict, work_state: 'closed' } as const
    await db
      .insertInto('tickets')
      .values(ticket(`t-${n}`, change2))
      .execute()
  }
  const unknown = { in_use_since: null, model: 'RV-20', region: null }
  await db.insertInto('devices').values(device('old', unknown)).execute()
  const retired = { in_use_since: daysAgo(500), first_seen: daysAgo(500), retired_at: daysAgo(100) }
  await db
    .insertInto('devices')
    .values(device('retired', { ...retired, retired_by: 'operator' }))
    .execute()
})
afterAll(() => api.close())

const responseSchema = z.object({ items: z.array(lifetimeReportSchema), next: z.null() })
const get = (query = '') => api.app.inject(`/api/lifetimes?${query}`)
const reportsFor = async (query = '') => responseSchema.parse((await get(query)).json()).items

test('each model of a component has its lifetimes', async () => {
  const reports = await reportsFor()
  expect(
    reports.map(({ kind, model, component, parts, failures, running }) => ({
      kind,
      model,
      component,
      parts,
      failures,
      running,
    })),
  ).toEqual([
    // 15 devices with two parts each, five with one, and the retired one.
    { kind: 'robot_vacuum', model: 'RV-20', component: 'battery', parts: 36, failures: 14, running: 20 },
    { kind: 'robot_vacuum', model: 'RV-30', component: 'battery', parts: 35, failures: 14, running: 20 },
  ])
  const [first] = reports
  expect(first?.unit).toBe('days')
  expect(first?.ofUnknownAge).toBe(1)
  expect(first?.shape.lower).toBeGreaterThan(2)
  expect(first?.b50.value).toBeGreaterThan(430)
  expect(first?.b50.value).toBeLessThan(580)
  // The oldest part of all failed, so by its age all would have.
  expect(first?.modes).toEqual([
    { mode: 'robot_vacuum.battery_worn', failures: 14, incidence: expect.closeTo(1, 6) },
  ])
  expect(first?.repairs.at(-1)?.value).toBeCloseTo(1, 1)
})

test('expected failures by region grow with the time, and cheap planned replacements come early', async () => {
  const [report] = await reportsFor('model=RV-20&plannedCost=20&failureCost=200')
  const [at, de] = report?.regions ?? []
  expect([at?.region, de?.region]).toEqual(['AT', 'DE'])
  expect((at?.running ?? 0) + (de?.running ?? 0)).toBe(20)
  const expected = at?.expected ?? []
  expect(expected.map(({ within }) => within)).toEqual([30, 90, 180])
  expect(expected.map(({ value }) => value)).toEqual(
    expected.map(({ value }) => value).toSorted((a, b) => a - b),
  )
  expect(report?.replacement).toMatchObject({ is: 'replace' })
})

test('filters', async () => {
  expect(await reportsFor('kind=phone')).toEqual([])
  expect(await reportsFor('component=brush')).toEqual([])
  expect(await reportsFor('kind=robot_vacuum&component=battery&model=RV-30')).toHaveLength(1)
})

test.each(['plannedCost=5', 'plannedCost=-1&failureCost=2', 'colour=red'])(
  '%s is rejected',
  async (query) => {
    const { statusCode, json } = await get(query)
    expect(statusCode).toBe(400)
    expect(json()).toMatchObject({ code: 'invalid_request' })
  },
)
