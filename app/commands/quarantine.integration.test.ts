import { afterAll, beforeAll, expect, it } from 'vitest'
import { now, quarantined } from '../../api/testing/fixtures.ts'
import { openTestApi, type TestApi } from '../../api/testing/test-api.ts'
import { runCommand } from '../../test/support/run-command.ts'

let api: TestApi
let url: string
beforeAll(async () => {
  api = await openTestApi()
  url = await api.app.listen({ port: 0 })
  const event = Buffer.from(JSON.stringify({ ts: now, event: 'error' }))
  const late = {
    topic: 'pm/v1/devices/d-late/event',
    device_id: 'd-late',
    reason: 'unknown_device',
    payload: event,
  }
  await api.records.db
    .insertInto('quarantine')
    .values([
      quarantined('q-binary', { payload: Buffer.from([0xff, 0, 0x7b]), received_at: new Date(now - 2) }),
      quarantined('q-late', { ...late, received_at: new Date(now - 1) }),
      quarantined('q-value', {
        kind: 'phone',
        metric: 'colour',
        reason: 'unknown_metric',
        detail: 'no\nmetric',
      }),
    ])
    .execute()
})
afterAll(() => api.close())

const quarantine = (...args: string[]) => runCommand(['quarantine', ...args, '--url', url])

it('counts by reason and kind, then lists the newest', async () => {
  const { code, stdout } = await quarantine('list', '--limit', '2')
  expect(code).toBe(0)
  expect(stdout).toBe(`1  not_json  -  from 2026-06-01 11:59:59 to 2026-06-01 11:59:59
1  unknown_device  -  from 2026-06-01 11:59:59 to 2026-06-01 11:59:59
1  unknown_metric  phone  from 2026-06-01 12:00:00 to 2026-06-01 12:00:00

q-value  2026-06-01 12:00:00  d-1 colour  unknown_metric: no metric
q-late  2026-06-01 11:59:59  d-late  unknown_device: the payload is not JSON
and 1 more; see --limit
`)
})

it('filters by reason, kind, device, metric and time', async () => {
  const ids = async (...args: string[]) => {
    const { items } = (await quarantine('list', ...args, '--json')).result<{ items: { id: string }[] }>()
    return items.map(({ id }) => id)
  }
  expect(await ids('--reason', 'not_json')).toEqual(['q-binary'])
  expect(await ids('--kind', 'phone')).toEqual(['q-value'])
  expect(await ids('--device', 'd-late')).toEqual(['q-late'])
  expect(await ids('--metric', 'colour')).toEqual(['q-value'])
  expect(await ids('--since', new Date(now).toISOString())).toEqual(['q-value'])
  expect(await ids('--until', new Date(now - 2).toISOString())).toEqual(['q-binary'])
  expect(await ids('--since', '1h')).toEqual([])
  expect((await quarantine('list', '--since', 'yesterday')).stderr).toContain('Give a time such as')
})

it('shows a payload that is no text in hexadecimal, with the remedy', async () => {
  const { stdout } = await quarantine('show', 'q-binary')
  expect(stdout).toContain('payload, hexadecimal: ff007b\n')
  expect(stdout).toContain('remedy: the payload must be JSON')
  const missing = await quarantine('show', 'none')
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('no such quarantined message') })
})

it('retries after the cause was fixed, and reports what stays', async () => {
  expect((await quarantine('retry')).stderr).toContain('or --all')
  expect((await quarantine('retry', 'none')).code).toBe(1)
  await api.registration.register([{ id: 'd-late', kind: 'phone' }])
  const dry = await quarantine('retry', '--device', 'd-late', '--dry-run')
  expect(dry.stdout).toBe('1 retried: 1 would be stored, 0 duplicate, 0 still quarantined\n')
  const { stdout, code } = await quarantine('retry', '--all')
  expect(code).toBe(0)
  expect(stdout).toContain('3 retried: 1 stored, 0 duplicate, 2 still quarantined\n')
  expect(stdout).toMatch(/^q-binary {2}not_json: /m)
  expect((await quarantine('retry', 'q-late')).stderr).toContain('1 of 1 do not wait in quarantine')
  expect((await quarantine('list', '--state', 'done')).stdout).toContain('unknown_device, stored by a retry')
})
