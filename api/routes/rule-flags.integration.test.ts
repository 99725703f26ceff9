import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TuningSuggestion } from '../../desk/feedback/suggestion.ts'
import { now } from '../testing/fixtures.ts'
import { sendRequest } from '../testing/send-request.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

const measured = { alarms: 10, worn: 4, sound: 4, precision: 0.5, recall: null }
const setting: TuningSuggestion = {
  is: 'setting',
  setting: 'detect.forecast.confidence',
  from: 0.5,
  to: 0.8,
  before: measured,
  after: { ...measured, alarms: 5, sound: 0, precision: 1 },
  alarms: { kept: 5, lost: 5, gained: 0 },
  history: { from: '2026-01-01T00:00:00.000Z', until: '2026-05-01T00:00:00.000Z', devices: 12 },
  tried: 4,
  failingTests: [],
  text: 'rule: phone.battery_hot',
}

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  const flag = { verdicts: 8, precision: 0.25, state: 'open', flagged_at: new Date(now) } as const
  await api.records.db
    .insertInto('rule_flags')
    .values([
      { ...flag, rule: 'b', version: 'v1', suggestion: JSON.stringify(setting) },
      { ...flag, rule: 'a', version: 'v2', suggestion: JSON.stringify({ is: 'none', why: 'a test' }) },
      { ...flag, rule: 'a', version: 'v1', suggestion: null },
      { ...flag, rule: 'c', version: 'v1', suggestion: null, state: 'done' },
    ])
    .execute()
})
afterAll(() => api.close())

const names = (items: { rule: string; version: string }[]) =>
  items.map(({ rule, version }) => `${rule} ${version}`)

test('open flags are listed with their suggestion, page by page', async () => {
  const first = (await sendRequest(api, 'GET /api/rules/flags?limit=2')).body
  expect(names(first.items)).toEqual(['a v1', 'a v2'])
  expect(first.items.map((each: { suggestion: unknown }) => each.suggestion)).toEqual([
    null,
    { is: 'none', why: 'a test' },
  ])
  const second = (await sendRequest(api, `GET /api/rules/flags?limit=2&cursor=${first.next}`)).body
  expect(second).toEqual({
    items: [
      {
        rule: 'b',
        version: 'v1',
        state: 'open',
        flaggedAt: new Date(now).toISOString(),
        verdicts: 8,
        precision: 0.25,
        suggestion: setting,
      },
    ],
    next: null,
  })
  expect(names((await sendRequest(api, 'GET /api/rules/flags?state=done')).body.items)).toEqual(['c v1'])
  expect((await sendRequest(api, 'GET /api/rules/flags?cursor=x')).body.code).toBe('invalid_request')
})

test('one is closed once, by the first who reviews it', async () => {
  const done = (key: string) =>
    sendRequest(api, 'POST /api/rules/b/flags/v1/done', { body: { by: 'ada' }, key })
  expect((await done('k-1')).body).toMatchObject({ rule: 'b', state: 'done', suggestion: setting })
  expect((await done('k-1')).again).toBe(true)
  expect((await done('k-2')).body).toMatchObject({ state: 'done' })
  const events = await api.records.db.selectFrom('desk_events').select(['type', 'data']).execute()
  expect(events).toEqual([{ type: 'rule_flag_closed', data: { rule: 'b', version: 'v1', by: 'ada' } }])
  expect(names((await sendRequest(api, 'GET /api/rules/flags')).body.items)).toEqual(['a v1', 'a v2'])
  const unknown = await sendRequest(api, 'POST /api/rules/b/flags/v9/done', { body: { by: 'ada' } })
  expect(unknown).toMatchObject({ status: 404, body: { code: 'rule_flag_not_found' } })
})
