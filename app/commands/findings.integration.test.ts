import { afterAll, beforeAll, expect, it } from 'vitest'
import { device, now } from '../../api/testing/fixtures.ts'
import { openTestApi, type TestApi } from '../../api/testing/test-api.ts'
import type { Finding } from '../../contract/finding.ts'
import { recordFindings } from '../../desk/findings/record-findings.ts'
import { findingAt, makeFinding } from '../../desk/testing/findings.ts'
import { hourMs } from '../../lib/time.ts'
import { runCommand } from '../../test/support/run-command.ts'

let api: TestApi
let url: string
const sensor: Partial<Finding> = { device: 'ph-1', rule: 'sensor.charge', severity: 'warning' }

beforeAll(async () => {
  api = await openTestApi()
  url = await api.app.listen({ port: 0 })
  const { db } = api.records
  await db
    .insertInto('devices')
    .values(device('ph-1', { owner_id: null, kind: 'phone', model: 'P-1' }))
    .execute()
  const { notice: _notice, ticket: _ticket, ...quiet } = makeFinding({ id: 'f-sensor', ...sensor })
  const findings = [
    makeFinding({ id: 'f-worn', at: findingAt + hourMs }),
    quiet,
    { ...quiet, id: 'f-end', at: findingAt + 2 * hourMs, state: 'cleared' as const },
    makeFinding({ id: 'f-shadow', at: findingAt + 3 * hourMs, shadow: true, version: '2' }),
  ]
  await db.transaction().execute((trx) => recordFindings(trx, findings, new Date(now)))
})
afterAll(() => api.close())

const findings = (...args: string[]) => runCommand(['findings', ...args, '--url', url])

it('lists them, newest first, with ticket and notice', async () => {
  const { code, stdout, stderr } = await findings('list', '--limit', '2')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(
    /^f-shadow {2}2026-03-01 03:00:00 {2}minor {2}raised {2}rv-1 battery {2}robot_vacuum.battery_worn {2}shadow\nf-worn {2}2026-03-01 01:00:00 {2}minor {2}raised {2}rv-1 battery {2}robot_vacuum.battery_worn {2}FW-2026-\d+ {2}notice owed\nand 1 more; see --limit\n$/,
  )
})

it.each([
  [['--kind', 'phone'], ['f-sensor']],
  [['--active', '--no-shadow'], ['f-worn']],
  [['--shadow'], ['f-shadow']],
  [['--severity', 'warning', '--state', 'cleared'], ['f-sensor']],
  [['--from', '2026-03-01T01:00:00Z', '--until', '2026-03-01T03:00:00Z'], ['f-worn']],
  [['--device', 'rv-9'], []],
])('filters by %s', async (args, expected) => {
  const { items, total } = (await findings('list', ...args, '--json')).result<{
    total: number
    items: { id: string }[]
  }>()
  expect([items.map(({ id }) => id), total]).toEqual([expected, expected.length])
})

it('lists nothing, but counts, with a limit of 0', async () => {
  expect((await findings('list', '--limit', '0')).stdout).toBe('and 3 more; see --limit\n')
  expect((await findings('list', '--device', 'rv-9')).stdout).toBe('no findings\n')
})

it('rejects values that a filter cannot have', async () => {
  expect((await findings('list', '--severity', 'huge')).stderr).toContain('critical')
  expect((await findings('list', '--from', 'yesterday')).stderr).toContain('Give a time such as')
})

it('shows evidence and history, by the id of any finding of the episode', async () => {
  const { stdout } = await findings('show', 'f-end')
  expect(stdout).toContain('id: f-sensor\n')
  expect(stdout).toContain('state: cleared\n')
  expect(stdout).toContain('  value: 83.4\n')
  expect(stdout).toContain(
    'history:\n  2026-03-01 00:00:00  raised  warning\n  2026-03-01 02:00:00  cleared  warning\n',
  )
  const missing = await findings('show', 'none')
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('no such finding') })
})
