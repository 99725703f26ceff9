import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hourMs } from '../../lib/time.ts'
import { hotBatteryRule } from '../../rules/testing/rules.ts'
import { device, finding, now, ticket } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
  const { db } = api.records
  await db
    .insertInto('owners')
    .values({ id: 'u-1', created_at: new Date(now) })
    .execute()
  await db
    .insertInto('devices')
    .values([
      device('d-1'),
      device('d-2', { presence: 'lost' }),
      device('p-1', { kind: 'phone', presence: null }),
      device('gone', { retired_at: new Date(now), retired_by: 'operator' }),
    ])
    .execute()
  await db
    .insertInto('tickets')
    .values([
      ticket('t-1'),
      ticket('t-2', {
        device_id: 'd-2',
        sla: 'level1',
        operator_state: 'acknowledged',
        work_state: 'assigned',
      }),
      ticket('t-3', { device_id: 'p-1', work_state: 'closed' }),
    ])
    .execute()
  await db.insertInto('findings').values(finding('f-1', 't-1')).execute()
  await db
    .insertInto('findings')
    .values({ ...finding('f-2', 't-2'), device_id: 'd-2', severity: 'critical' })
    .execute()
  // Cleared, and of a shadow rule: neither is active.
  const later = new Date(now + hourMs)
  await db
    .insertInto('findings')
    .values({ ...finding('f-3', 't-2'), device_id: 'd-2', state: 'cleared', severity: 'critical', at: later })
    .execute()
  await db
    .insertInto('findings')
    .values({ ...finding('f-4', 't-1'), rule: 'robot_vacuum.trial', ticket_id: null, shadow: true })
    .execute()
})
afterAll(() => api.close())

test('a summary counts what is in use, active and open', async () => {
  const response = await api.app.inject('/api/summary')
  expect(response.statusCode).toBe(200)
  expect(response.json()).toMatchObject({
    at: new Date(now).toISOString(),
    devices: [
      { kind: 'phone', devices: 1, online: 0, lost: 0 },
      { kind: 'robot_vacuum', devices: 2, online: 1, lost: 1 },
    ],
    activeFindings: { critical: 0, major: 0, minor: 1, warning: 0 },
    openTickets: { level1: 1, level2: 0, level3: 1, unacknowledged: 1, unassigned: 1 },
    openIncidents: 0,
    notices: { written: 0, delivered: 0, failed: 0, waiting: 0 },
    quarantined: 0,
  })
})

test('kinds have components, metrics and the rules that watch them', async () => {
  await writeFile(join(api.catalogDir, 'hot.yaml'), hotBatteryRule())
  await api.ruleRollout.reload('ada')
  const { statusCode, json } = await api.app.inject('/api/kinds')
  expect(statusCode).toBe(200)
  const { items } = json() as {
    items: { name: string; components: string[]; metrics: { name: string }[]; rules: string[] }[]
  }
  expect(items.map(({ name }) => name)).toEqual(items.map(({ name }) => name).toSorted())
  const phone = items.find(({ name }) => name === 'phone')
  expect(phone?.components).toContain('battery')
  expect(phone?.rules).toEqual(['phone.battery_hot'])
  expect(items.find(({ name }) => name === 'vehicle')?.rules).toEqual([])
  expect(phone?.metrics).toContainEqual(
    expect.objectContaining({ name: 'battery_health_pct', unit: '%', worse: 'lower', derivedBy: null }),
  )
  expect(phone?.metrics).toContainEqual(
    expect.objectContaining({
      name: 'charge_health_pct',
      derivedBy: '100 * charge_counter_mah / design_capacity_mah',
    }),
  )
})
