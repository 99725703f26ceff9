import { beforeEach, expect, it } from 'vitest'
import type { Device } from '../../contract/device.ts'
import type { ReceiptEntry, RuleSetEntry, TelemetryEntry } from '../../contract/entry.ts'
import { loadJournalPosition } from './positions/journal-positions.ts'
import { createRecordsProjection, type RecordsProjection } from './projection.ts'
import type { RecordsStore } from './records-store.ts'
import { createRuleArchive } from './rule-archive.ts'
import { readRuleHistory, readRuleVersionStatuses } from './rule-history.ts'
import type { NoticesTable } from './schema.ts'
import { deleteAllRecords } from './testing/delete-all-records.ts'
import { describeEachDatabase } from './testing/describe-each-database.ts'
import { readTrialFindings } from './trial-findings.ts'

const t0 = Date.UTC(2026, 0, 2)

function deviceEntry(device: Device, receivedAt = t0): TelemetryEntry {
  return { type: 'device', receivedAt, device }
}

function receiptEntry(notice: string, status: ReceiptEntry['status'], receivedAt = t0): ReceiptEntry {
  return { type: 'receipt', receivedAt, user: 'u-1', notice, status }
}

describeEachDatabase('projection', (records) => {
  let db: RecordsStore['db']
  let projection: RecordsProjection
  beforeEach(async () => {
    db = records().db
    projection = createRecordsProjection(db)
    await deleteAllRecords(records())
  })

  const device = (id: string) => db.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()

  async function addNotice(id: string, state: NoticesTable['state']): Promise<void> {
    const at = new Date(t0)
    const part = { device_id: 'rv-1', component: 'battery', epoch: 0, rule: 'r', version: '1' }
    await db
      .insertInto('findings')
      .values({ ...part, id: `f-${id}`, state: 'raised', severity: 'minor', at, evidence: '{}' })
      .execute()
    await db
      .insertInto('notices')
      .values({
        id,
        user_id: 'u-1',
        device_id: 'rv-1',
        finding_id: `f-${id}`,
        notice: 'battery_replacement',
        title: 'title',
        body: 'body',
        data: '{}',
        state,
        attempts: 1,
        created_at: at,
        next_attempt_at: at,
      })
      .execute()
  }

  it('stores its position in the transaction of the rows, and without rows once a second', async () => {
    const position = { consumer: 'records', history: 'j|a:0:0', at: new Date(t0) }
    const stored = async () => (await loadJournalPosition(db, 'records'))?.cursor
    const reading = { device: 'rv-1', ts: t0, values: { x: 1 } }
    const readings: TelemetryEntry[] = [{ type: 'reading', receivedAt: t0, reading }]
    await projection.handle(readings, { ...position, cursor: 1 })
    await projection.handle(readings, { ...position, cursor: 2 })
    expect(await stored()).toBe(1)
    await projection.handle([deviceEntry({ id: 'rv-1', kind: 'robot_vacuum' })], { ...position, cursor: 3 })
    expect(await loadJournalPosition(db, 'records')).toEqual({ cursor: 3, history: 'j|a:0:0' })
    const rejected: TelemetryEntry = {
      ...deviceEntry({ id: 'rv-2', kind: 'robot_vacuum' }),
      receivedAt: Number.NaN,
    } as TelemetryEntry
    await expect(projection.handle([rejected], { ...position, cursor: 4 })).rejects.toThrow()
    expect(await stored()).toBe(3)
  })

  it('knows devices and owners by their announcements, however often they come', async () => {
    const batch = [
      deviceEntry({ id: 'rv-1', kind: 'robot_vacuum', model: 'RV-20', owner: 'u-1' }),
      deviceEntry({ id: 'ph-1', kind: 'phone' }),
      deviceEntry({ id: 'rv-1', kind: 'robot_vacuum', firmware: '2.1.0' }, t0 + 1),
    ]
    await projection.handle(batch)
    await projection.handle(batch)
    expect(await device('rv-1')).toMatchObject({
      kind: 'robot_vacuum',
      model: 'RV-20',
      firmware: '2.1.0',
      owner_id: 'u-1',
      presence: null,
    })
    expect(await device('ph-1')).toMatchObject({ owner_id: null, model: null })
    expect(await db.selectFrom('owners').select('id').execute()).toEqual([{ id: 'u-1' }])
  })

  it('keeps what a later announcement leaves out, and when the device was first seen', async () => {
    await projection.handle([deviceEntry({ id: 'rv-1', kind: 'robot_vacuum', model: 'RV-20', owner: 'u-1' })])
    await projection.handle([deviceEntry({ id: 'rv-1', kind: 'robot_vacuum', owner: 'u-2' }, t0 + 5_000)])
    expect(await device('rv-1')).toMatchObject({
      model: 'RV-20',
      owner_id: 'u-2',
      first_seen: new Date(t0),
      updated_at: new Date(t0 + 5_000),
    })
  })

  it('knows the last presence of devices that are known', async () => {
    const presence = (id: string, state: 'online' | 'lost'): TelemetryEntry => ({
      type: 'presence',
      receivedAt: t0,
      device: id,
      state,
    })
    await projection.handle([
      presence('rv-1', 'online'),
      deviceEntry({ id: 'rv-1', kind: 'robot_vacuum' }),
      presence('rv-1', 'lost'),
      presence('stranger', 'online'),
    ])
    expect(await device('rv-1')).toMatchObject({ presence: 'lost' })
    expect(await device('stranger')).toBeUndefined()
  })

  it('knows where a device is used, and since when', async () => {
    const inUseSince = t0 - 86_400_000
    await projection.handle([deviceEntry({ id: 'rv-1', kind: 'robot_vacuum', site: 's-1', region: 'DE' })])
    await projection.handle([deviceEntry({ id: 'rv-1', kind: 'robot_vacuum', inUseSince })])
    expect(await device('rv-1')).toMatchObject({
      site: 's-1',
      region: 'DE',
      in_use_since: new Date(inUseSince),
    })
  })

  it('numbers the lives of parts as the rules do, however often a replacement is told', async () => {
    const replaced = (component: string, ts: number): TelemetryEntry => ({
      type: 'event',
      receivedAt: t0,
      device: 'rv-1',
      ts,
      event: 'part_replaced',
      component,
    })
    const batch = [
      replaced('battery', t0),
      replaced('filter', t0 + 1),
      replaced('battery', t0 + 5),
      replaced('battery', t0 + 2),
    ]
    await projection.handle(batch)
    await projection.handle(batch)
    await projection.handle([{ type: 'event', receivedAt: t0, device: 'rv-1', ts: t0 + 9, event: 'error' }])
    const lives = await db.selectFrom('epochs').selectAll().orderBy('component').orderBy('number').execute()
    expect(lives).toEqual([
      { device_id: 'rv-1', component: 'battery', number: 1, since: new Date(t0) },
      { device_id: 'rv-1', component: 'battery', number: 2, since: new Date(t0 + 5) },
      { device_id: 'rv-1', component: 'filter', number: 1, since: new Date(t0 + 1) },
    ])
  })

  it('knows every version of a rule, and what became of it, however often it is told', async () => {
    const first = { file: 'hot.yaml', text: 'first', name: 'phone.battery_hot', version: 'v1' }
    const second = { ...first, text: 'second\0', version: 'v2' }
    const rules = (at: number, change: Partial<RuleSetEntry>): RuleSetEntry => ({
      type: 'rules',
      at: t0 + at,
      by: 'ada',
      why: 'reload',
      changes: [],
      live: [first],
      shadow: [],
      ...change,
    })
    const { name } = first
    const batch = [
      rules(0, { changes: [{ name, version: 'v1', to: 'live' }] }),
      rules(5, {
        why: 'trial',
        changes: [{ name, version: 'v2', to: 'shadow' }],
        shadow: [{ ...second, trialStartedAt: t0 + 5 }],
      }),
      rules(9, {
        why: 'promote',
        live: [second],
        changes: [
          { name, version: 'v1', to: 'retired' },
          { name, version: 'v2', to: 'live' },
        ],
      }),
    ]
    await projection.handle(batch)
    await projection.handle(batch)
    const { changes, versions } = await readRuleHistory(db, name)
    expect(changes.map(({ at, became, version }) => `${at.getTime() - t0} ${became} ${version}`)).toEqual([
      '9 live v2',
      '9 retired v1',
      '5 shadow v2',
      '0 live v1',
    ])
    expect(versions).toMatchObject([
      { version: 'v2', text: 'second␀' },
      { version: 'v1', first_seen: new Date(t0) },
    ])
    const archive = createRuleArchive(db)
    expect(await archive.findPreviousLive(name, 'v2')).toEqual(first)
    expect(await archive.findPreviousLive(name, 'v1')).toMatchObject({ version: 'v2' })
    expect(await archive.find(name, 'v3')).toBeUndefined()
    expect(await readRuleVersionStatuses(db)).toMatchObject([
      { version: 'v1', became: 'retired', since: new Date(t0 + 9) },
      { version: 'v2', became: 'live', by: 'ada' },
    ])
  })

  it('knows what both versions of a trial found, and what was active when it began', async () => {
    const since = t0
    const found = (id: string, at: number, more: object = {}) => ({
      id,
      device_id: 'ph-1',
      component: 'battery',
      epoch: 0,
      rule: 'phone.battery_hot',
      version: 'v1',
      state: 'raised' as const,
      severity: 'minor' as const,
      at: new Date(t0 + at),
      evidence: '{}',
      ...more,
    })
    const trial = { trial: new Date(since) }
    await db
      .insertInto('findings')
      .values([
        found('f-1', -10),
        found('f-2', 1, { ...trial, shadow: true, state: 'cleared' }),
        found('f-3', 2, { ...trial, state: 'cleared' }),
        found('f-4', 3, { trial: new Date(since + 1) }),
        found('f-5', -10, { device_id: 'ph-2' }),
        found('f-6', -9, { device_id: 'ph-2', state: 'cleared' }),
        found('f-7', 4, { ...trial, device_id: 'ph-2' }),
      ])
      .execute()
    const part = { device: 'ph-1', component: 'battery', epoch: 0 }
    expect(await readTrialFindings(db, { rule: 'phone.battery_hot', since })).toEqual({
      findings: [
        { ...part, at: t0 + 1, state: 'cleared', shadow: true },
        { ...part, at: t0 + 2, state: 'cleared', shadow: false },
        { ...part, device: 'ph-2', at: t0 + 4, state: 'raised', shadow: false },
      ],
      activeAtStart: [part],
    })
  })

  it('keeps what was quarantined, whatever characters it has', async () => {
    const batch: TelemetryEntry[] = [
      {
        type: 'quarantined',
        receivedAt: t0,
        id: 'q-1',
        topic: 'pm/v1/devices/rv-1/telemetry',
        device: 'rv-1',
        reason: 'not_json',
        detail: 'unexpected end',
        payload: 'a\0b \\u0000',
      },
      {
        type: 'quarantined',
        receivedAt: t0,
        id: 'q-2',
        topic: 'pm/v1/\0/telemetry',
        reason: 'unknown_topic',
        detail: 'none',
        payload: '/wB7',
        payloadEncoding: 'base64',
      },
    ]
    await projection.handle(batch)
    await projection.handle(batch)
    const rows = await db.selectFrom('quarantine').select(['id', 'device_id', 'payload']).execute()
    expect(rows).toEqual([
      { id: 'q-1', device_id: 'rv-1', payload: Buffer.from('a\0b \\u0000') },
      { id: 'q-2', device_id: null, payload: Buffer.from([0xff, 0, 0x7b]) },
    ])
  })

  it('moves a notice forward by receipts, never back', async () => {
    await addNotice('n-1', 'sent')
    const state = async () =>
      db.selectFrom('notices').select(['state', 'delivered_at', 'next_attempt_at']).executeTakeFirstOrThrow()

    await projection.handle([
      receiptEntry('n-1', 'read', t0 + 1_000),
      receiptEntry('n-1', 'delivered', t0 + 2_000),
    ])
    const read = { state: 'read', delivered_at: new Date(t0 + 1_000), next_attempt_at: null }
    expect(await state()).toEqual(read)
    await projection.handle([receiptEntry('n-1', 'delivered', t0 + 3_000)])
    expect(await state()).toEqual(read)
    await projection.handle([
      receiptEntry('n-1', 'done', t0 + 4_000),
      receiptEntry('n-1', 'snoozed', t0 + 5_000),
    ])
    expect(await state()).toMatchObject({ state: 'done', delivered_at: new Date(t0 + 1_000) })
  })

  it('takes a receipt for one that was given up, or that this side does not know to be sent yet', async () => {
    await addNotice('n-queued', 'queued')
    await addNotice('n-failed', 'failed')
    await projection.handle([receiptEntry('n-queued', 'delivered'), receiptEntry('n-failed', 'delivered')])
    const rows = await db.selectFrom('notices').select('state').execute()
    expect(rows).toEqual([{ state: 'delivered' }, { state: 'delivered' }])
  })

  it('counts receipts of notices that do not exist or belong to somebody else', async () => {
    await addNotice('n-1', 'sent')
    await projection.handle([receiptEntry('n-9', 'read'), { ...receiptEntry('n-1', 'read'), user: 'u-2' }])
    expect(projection.counts).toMatchObject({ receipts: 2, unknownReceipts: 2 })
    expect(await db.selectFrom('notices').select('state').execute()).toEqual([{ state: 'sent' }])
  })

  it('asks nothing of the database for readings', async () => {
    await projection.handle([
      { type: 'reading', receivedAt: t0, reading: { device: 'rv-1', ts: t0, values: {} } },
    ])
    expect(projection.counts).toEqual({ devices: 0, quarantined: 0, receipts: 0, unknownReceipts: 0 })
  })
})
