import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hotBatteryRule, parseRule } from '../../rules/testing/rules.ts'
import { now } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

const rule = 'phone.battery_hot'
const first = hotBatteryRule()
const stricter = first.replace('above: 45', 'above: 40')
const broken = first.replace('battery_temp_c, above', 'battery_tmp_c, above')
const { version: firstVersion } = parseRule(first)
const { version: stricterVersion } = parseRule(stricter)

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

const inCatalog = (text: string) => writeFile(join(api.catalogDir, 'hot.yaml'), text)
const get = async (path: string) => (await api.app.inject(`/api/rules${path}`)).json()
async function post(path: string, more: object = {}) {
  const response = await api.app.inject({
    method: 'POST',
    url: `/api/rules${path}`,
    payload: { by: 'ada', ...more },
  })
  await api.runProjection()
  return { status: response.statusCode, ...response.json() }
}

test('a reload brings the catalogue folder into force', async () => {
  await inCatalog(first)
  expect(await post('/reload')).toEqual({
    status: 200,
    changes: [{ name: rule, version: firstVersion, to: 'live' }],
    kindFiles: expect.arrayContaining([expect.stringMatching(/phone\.yaml$/)]),
  })
  expect(await get('')).toEqual({
    rules: [
      {
        name: rule,
        version: firstVersion,
        status: 'live',
        file: join(api.catalogDir, 'hot.yaml'),
        since: new Date(now).toISOString(),
        by: 'ada',
        trial: null,
      },
    ],
  })
  expect(await post('/reload')).toEqual({ status: 200, changes: [], kindFiles: [] })
})

test('the difference between the files and the live rules is shown before a reload', async () => {
  expect(await get('/diff')).toEqual({ changes: [], kindFiles: [], needsAcceptance: false })
  await inCatalog(first.replace('above: 45', 'above: 50'))
  expect(await get('/diff')).toMatchObject({
    changes: [
      {
        name: rule,
        to: 'live',
        differences: [{ field: 'detect.threshold.above', from: 45, to: 50 }],
        openTickets: 0,
      },
    ],
  })
  await inCatalog(broken)
  expect(await get('/diff')).toMatchObject({ status: 422, code: 'rules_invalid', problems: [{}] })
  await inCatalog(first)
})

test('a reload with a problem changes nothing, and says what is wrong and where', async () => {
  await inCatalog(broken)
  expect(await post('/reload')).toMatchObject({
    status: 422,
    code: 'rules_invalid',
    problems: [
      {
        file: join(api.catalogDir, 'hot.yaml'),
        line: 4,
        column: 32,
        message: 'unknown metric of phone "battery_tmp_c"',
      },
    ],
  })
  expect(api.ruleRollout.current.live).toMatchObject([{ version: firstVersion }])
  await inCatalog(first)
})

test('a rule is put on trial, and compared with the live one', async () => {
  expect(await post('/trials', { files: [{ file: 'x.yaml', text: first }] })).toMatchObject({
    status: 409,
    code: 'rule_change_rejected',
  })
  expect(await post('/trials', { files: [{ file: 'x.yaml', text: broken }] })).toMatchObject({ status: 422 })
  expect(await post('/trials', { files: [{ file: 'x.yaml', text: stricter }] })).toMatchObject({
    status: 200,
    changes: [{ name: rule, version: stricterVersion, to: 'shadow' }],
  })
  const since = api.ruleRollout.current.shadow[0]?.trialStartedAt ?? 0
  const part = {
    device_id: 'd-1',
    component: 'battery',
    epoch: 0,
    rule,
    version: 'v',
    trial: new Date(since),
  }
  const found = { ...part, state: 'raised' as const, severity: 'major' as const, evidence: '{}' }
  await api.records.db
    .insertInto('findings')
    .values([
      { ...found, id: 'f-1', at: new Date(now + 5_000) },
      { ...found, id: 'f-2', at: new Date(now + 1_000), shadow: true },
      { ...found, id: 'f-3', at: new Date(now), device_id: 'd-2', shadow: true },
    ])
    .execute()
  const counts = { onlyLive: 0, onlyShadow: 1, both: 1, medianLeadMs: 4_000 }
  expect((await get('')).rules).toMatchObject([
    { version: firstVersion, status: 'live', trial: null },
    { version: stricterVersion, status: 'shadow', since: new Date(since).toISOString(), trial: counts },
  ])
  const at = (ms: number) => new Date(now + ms).toISOString()
  expect(await get(`/${rule}/comparison`)).toEqual({
    rule,
    version: stricterVersion,
    against: firstVersion,
    since: new Date(since).toISOString(),
    until: null,
    counts,
    onlyLive: [],
    onlyShadow: [{ device: 'd-2', component: 'battery', epoch: 0, at: at(0) }],
    both: [
      { device: 'd-1', component: 'battery', epoch: 0, at: at(1_000), liveAt: at(5_000), leadMs: 4_000 },
    ],
  })
})

test('it is promoted, rolled back, and all that is remembered', async () => {
  expect(await post(`/${rule}/promote`)).toEqual({
    status: 200,
    changes: [
      { name: rule, version: firstVersion, to: 'retired' },
      { name: rule, version: stricterVersion, to: 'live' },
    ],
    kindFiles: [],
  })
  expect(await post(`/${rule}/promote`)).toMatchObject({
    status: 409,
    detail: `no rule ${rule} is on trial.`,
  })
  // The folder has its earlier content again.
  expect(await post('/reload')).toMatchObject({ changes: [] })
  expect(await post(`/${rule}/rollback`)).toMatchObject({
    changes: [
      { version: stricterVersion, to: 'retired' },
      { version: firstVersion, to: 'live' },
    ],
  })
  expect(await post(`/${rule}/rollback`, { to: stricterVersion })).toMatchObject({ status: 200 })
  expect(await post(`/${rule}/rollback`, { to: 'beefbeef' })).toMatchObject({ status: 409 })

  const { until } = await get(`/${rule}/comparison`)
  expect(until).not.toBeNull()
  const { changes, versions } = await get(`/${rule}/history`)
  expect(
    changes.map(({ became, version, why }: Record<string, string>) => `${why}: ${became} ${version}`),
  ).toEqual([
    `rollback: live ${stricterVersion}`,
    `rollback: retired ${firstVersion}`,
    `rollback: live ${firstVersion}`,
    `rollback: retired ${stricterVersion}`,
    `promote: live ${stricterVersion}`,
    `promote: retired ${firstVersion}`,
    `trial: shadow ${stricterVersion}`,
    `reload: live ${firstVersion}`,
  ])
  expect(versions.map(({ text }: { text: string }) => text)).toEqual([stricter, first])
})

test('a new rule that was promoted goes when it is rolled back', async () => {
  const name = 'phone.battery_warm'
  const files = [{ file: 'warm.yaml', text: stricter.replace(rule, name) }]
  expect(await post('/trials', { files })).toMatchObject({ status: 200 })
  expect(await post(`/${name}/promote`)).toMatchObject({ status: 200 })
  expect(await post(`/${name}/rollback`)).toMatchObject({ changes: [{ name, to: 'retired' }] })
  expect((await get('')).rules.map(({ name }: { name: string }) => name)).toEqual([rule])
})

test('a trial is ended', async () => {
  const files = [{ file: 'x.yaml', text: first.replace('above: 45', 'above: 60') }]
  await post('/trials', { files })
  expect(await post(`/${rule}/withdraw`)).toMatchObject({ changes: [{ name: rule, to: 'retired' }] })
  expect(await post(`/${rule}/withdraw`)).toMatchObject({ status: 409 })
})

test('what does not exist is told', async () => {
  expect(await get('/phone.none/history')).toMatchObject({ status: 404, code: 'rule_not_found' })
  expect(await get('/phone.none/comparison')).toMatchObject({ status: 404, code: 'rule_never_on_trial' })
})

test('a page of another origin cannot ask for a change', async () => {
  const plain = { method: 'POST', url: '/api/rules/reload' } as const
  expect((await api.app.inject(plain)).statusCode).toBe(400)
  const headers = { 'content-type': 'text/plain' }
  expect((await api.app.inject({ ...plain, headers, payload: '{"by":"x"}' })).statusCode).toBe(400)
})
