import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../contract/finding.ts'
import { recordFindings } from '../../desk/findings/record-findings.ts'
import { findingAt, makeFinding } from '../../desk/testing/findings.ts'
import { hourMs } from '../../lib/time.ts'
import type { RecordsStore } from '../../store/records/records-store.ts'
import { acquireRecords } from '../../store/records/testing/records-pool.ts'
import { createDatabase } from '../../test/runner/shared-postgres.ts'
import { findExecutable } from '../../test/support/executables.ts'
import { filterEpisodes } from '../desk/finding-episodes.ts'
import { device, notice, now } from '../testing/fixtures.ts'
import { openTestApi, type TestApi } from '../testing/test-api.ts'

const step = (id: string, hours: number, change: Partial<Finding> = {}) =>
  makeFinding({ id, at: findingAt + hours * hourMs, ...change })
const atHour = (hours: number) => new Date(findingAt + hours * hourMs).toISOString()
const worn = { detector: 'limit', value: 79, points: [] }
const cleared = { detector: 'limit', value: 92, points: [] }

const findings: Finding[] = [
  step('worn', 0),
  step('worn-updated', 4, { state: 'updated', severity: 'critical', evidence: worn }),
  step('filter', 1, { device: 'rv-2', component: 'filter', rule: 'robot_vacuum.filter_clogged' }),
  step('filter-cleared', 2, {
    ...{ device: 'rv-2', component: 'filter', rule: 'robot_vacuum.filter_clogged' },
    ...{ state: 'cleared', evidence: cleared },
  }),
  step('sensor', 1, { device: 'ph-1', rule: 'sensor.battery_health_pct', severity: 'warning' }),
  step('firmware', 2, { device: 'fleet:phone/P-1/1.0.0', rule: 'phone.firmware_regression' }),
  step('trial', 3, { shadow: true, trial: findingAt, version: '2' }),
]

/** Sensor findings open no ticket and send no notice. */
const given = findings.map(({ notice: message, ticket, ...rest }) =>
  rest.id.startsWith('sensor')
    ? rest
    : { ...rest, ...(message !== undefined && { notice: message }), ...(ticket !== undefined && { ticket }) },
)

interface Listed {
  items: { id: string }[]
  next: string | null
  total?: number
}

const databases: [string, () => Promise<TestApi>][] = [
  ['PGlite', () => openTestApi()],
  ...(findExecutable('postgres') === undefined
    ? []
    : [['PostgreSQL', async () => openTestApi(await createDatabase())] as [string, () => Promise<TestApi>]]),
]

describe.each(databases)('/api/findings, %s', (_name, open) => {
  let api: TestApi
  const get = async (url: string) => {
    const response = await api.app.inject(url)
    return { status: response.statusCode, body: response.json() }
  }
  const record = (some: readonly Finding[]) =>
    api.records.db.transaction().execute((trx) => recordFindings(trx, some, new Date(now)))
  const ids = async (query: string) =>
    ((await get(`/api/findings?${query}`)).body as Listed).items.map(({ id }) => id)

  beforeAll(async () => {
    api = await open()
    const { db } = api.records
    await db
      .insertInto('owners')
      .values({ id: 'u-1', created_at: new Date(now) })
      .execute()
    await db
      .insertInto('devices')
      .values([
        device('rv-1'),
        device('rv-2', { model: 'RV-30' }),
        device('ph-1', { kind: 'phone', model: 'P-1' }),
      ])
      .execute()
    await record(given)
    const { ticket_id: ticket } = await db
      .selectFrom('findings')
      .select('ticket_id')
      .where('id', '=', 'worn')
      .executeTakeFirstOrThrow()
    await db
      .insertInto('notices')
      .values(notice('n-1', 'worn', ticket ?? ''))
      .execute()
  })
  afterAll(() => api.close())

  test('lists each episode once, with what has become of it', async () => {
    const { body } = await get('/api/findings?device=rv-1&shadow=false')
    expect(body.items).toEqual([
      {
        id: 'worn',
        ...{ device: 'rv-1', kind: 'robot_vacuum', model: 'RV-20', component: 'battery', epoch: 0 },
        ...{ rule: 'robot_vacuum.battery_worn', version: '1', severity: 'critical', state: 'updated' },
        ...{ active: true, shadow: false, trial: null, incident: null },
        ...{ raisedAt: atHour(0), updatedAt: atHour(4), clearedAt: null },
        seenAt: new Date(now).toISOString(),
        evidence: worn,
        ticket: { id: expect.any(String), number: expect.stringMatching(/^FW-/) },
        notice: { id: 'n-1', state: 'sent' },
      },
    ])
    const [filter] = (await get('/api/findings?device=rv-2')).body.items
    expect(filter).toMatchObject({ state: 'cleared', active: false, clearedAt: atHour(2), evidence: cleared })
  })

  test('has findings of sensors, whole firmwares and trials', async () => {
    const { body } = await get('/api/findings')
    const found = Object.fromEntries(body.items.map((item: { id: string }) => [item.id, item]))
    expect(found.sensor).toMatchObject({ kind: 'phone', ticket: null, notice: null })
    expect(found.firmware).toMatchObject({ kind: 'phone', model: 'P-1', incident: expect.any(String) })
    expect(found.trial).toMatchObject({ shadow: true, trial: atHour(0), version: '2', ticket: null })
    expect(found.filter).toMatchObject({ notice: { id: null, state: 'owed' } })
  })

  test.each([
    ['device=rv-2', ['filter']],
    ['kind=phone', ['firmware', 'sensor']],
    ['model=RV-20', ['trial', 'worn']],
    ['model=P-1', ['firmware', 'sensor']],
    ['rule=sensor.battery_health_pct', ['sensor']],
    ['component=filter', ['filter']],
    ['severity=critical', ['worn']],
    ['state=raised', ['trial', 'firmware', 'sensor']],
    ['state=updated', ['worn']],
    ['state=cleared', ['filter']],
    ['active=false', ['filter']],
    ['active=true&shadow=false', ['firmware', 'sensor', 'worn']],
    ['shadow=true', ['trial']],
    [`from=${atHour(1)}&until=${atHour(2)}`, ['sensor', 'filter']],
    ['sort=raisedAt', ['worn', 'filter', 'sensor', 'firmware', 'trial']],
    ['sort=-updatedAt', ['worn', 'trial', 'firmware', 'filter', 'sensor']],
  ])('%s', async (query, expected) => {
    expect(await ids(query)).toEqual(expected)
  })

  test('counts all that match, where asked', async () => {
    expect((await get('/api/findings?limit=1')).body).not.toHaveProperty('total')
    expect((await get('/api/findings?limit=1&total=true')).body).toMatchObject({ total: 5 })
    expect((await get('/api/findings?kind=phone&total=true&limit=1')).body).toMatchObject({ total: 2 })
  })

  test.each(['active=perhaps', 'severity=huge', 'sort=evidence', 'from=yesterday', 'total=1', 'color=red'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await get(`/api/findings?${query}`)
      expect(status).toBe(400)
      expect(body).toMatchObject({
        code: 'invalid_request',
        detail: expect.stringContaining(query.split('=')[0] ?? ''),
      })
    },
  )

  test('refuses the cursor of another order', async () => {
    const { next } = (await get('/api/findings?limit=1')).body as Listed
    const { status, body } = await get(`/api/findings?sort=updatedAt&cursor=${next}`)
    expect([status, body.detail]).toEqual([400, expect.stringContaining('cursor')])
  })

  test('has a finding with its history, by the id of any of its rows', async () => {
    for (const id of ['filter', 'filter-cleared']) {
      const { body } = await get(`/api/findings/${id}`)
      expect(body).toMatchObject({ id: 'filter', state: 'cleared' })
      expect(body.history).toMatchObject([
        { id: 'filter', state: 'raised', at: atHour(1) },
        { id: 'filter-cleared', state: 'cleared', at: atHour(2) },
      ])
    }
    expect(await get('/api/findings/none')).toMatchObject({
      status: 404,
      body: { code: 'finding_not_found' },
    })
  })

  test('has those of one device', async () => {
    const { body } = await get('/api/devices/rv-1/findings?shadow=true&total=true')
    expect(body).toMatchObject({ items: [{ id: 'trial' }], next: null, total: 1 })
    expect((await get('/api/devices/none/findings')).status).toBe(404)
    expect((await get('/api/devices/rv-1/findings?device=rv-2')).status).toBe(400)
  })

  test.each(['-raisedAt', 'raisedAt'])(
    'has no gaps and no repeats in pages of %s, while findings are recorded',
    async (sort) => {
      const before = await ids(`sort=${sort}`)
      const seen: string[] = []
      for (let next: string | null = '', page = 0; next !== null; page += 1) {
        const { body }: { body: Listed } = await get(
          `/api/findings?sort=${sort}&limit=2${next && `&cursor=${next}`}`,
        )
        seen.push(...body.items.map(({ id }) => id))
        next = body.next
        for (const hours of [-page - 1, 10 + page])
          if (page < 3) await record([step(`new-${sort}-${hours}`, hours, { device: `new-${sort}${hours}` })])
      }
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen.filter((id) => before.includes(id))).toEqual(before)
    },
  )
})

describe('the query of /api/findings with many rows', () => {
  let records: RecordsStore
  beforeAll(async () => {
    records = await acquireRecords('PGlite')
    await sql`
      insert into findings (id, device_id, component, epoch, rule, version, state, severity, at, evidence, shadow)
      select 'f-' || n, 'd-' || n % 500, 'battery', n / 500, 'rule-' || n % 20, '1', 'raised', 'minor',
        to_timestamp(1700000000 + n * 60), '{"detector":"limit","points":[]}', false
      from generate_series(1, 5000) as n`.execute(records.db)
    // Few are active, as in use: otherwise an index of all episodes would do as well.
    await sql`update findings set cleared_at = at where id not like '%0'`.execute(records.db)
    await sql`analyze findings`.execute(records.db)
  })
  afterAll(() => records.close())

  test.each([
    ['finding_episodes', {}],
    ['finding_episodes_of_device', { device: 'd-7' }],
    ['finding_episodes_by_severity', { severity: 'critical' as const }],
    ['finding_episodes_active', { active: true }],
    ['finding_episodes_shadow', { shadow: true }],
    ['findings_raised', { rule: 'rule-none' }],
  ])('reads the index %s', async (index, filter) => {
    const plan = await filterEpisodes(records.db, filter)
      .orderBy('findings.at', 'desc')
      .orderBy('findings.id', 'desc')
      .limit(51)
      .explain()
    expect(JSON.stringify(plan)).toContain(index)
    expect(JSON.stringify(plan)).not.toContain('Seq Scan on findings')
  })
})
